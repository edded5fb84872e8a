import { randomUUID } from 'node:crypto';
import { INS_OID, insKey, type Ins, type InsEnvironment } from '@pfi/health';
import { readAck, writeAdt, type Ack, type AdtSpec } from '@pfi/hl7v2';
import { MessageJournal, type FrameIntake } from '@pfi/platform-intake';
import { Outbox } from '@pfi/platform-messaging';
import { createTestDatabase, type TestDatabase } from '@pfi/platform-postgres/testing';
import { JobQueue, type Database } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import { createLogger } from '@pfi/platform-telemetry';
import { adtIntake } from '../src/intake/adt-intake.js';
import { InsiRequests } from '../src/insi/insi-requests.js';
import { adtMessageReader } from '../src/intake/adt-message.reader.js';
import { migrations } from '../src/persistence/migrations/index.js';
import { PatientRepository } from '../src/persistence/patient.repository.js';
import { StayRepository } from '../src/persistence/stay.repository.js';
import { TaskRepository } from '../src/persistence/task.repository.js';
import { IdentityRegistry } from '../src/registry/identity-registry.js';
import { StayBook } from '../src/registry/stay-book.js';
import { VouchedIdentities } from '../src/registry/vouched-identities.js';
import { WorkingSetLoader } from '../src/registry/working-set.loader.js';
import { WorkingSetWriter } from '../src/registry/working-set.writer.js';

export interface Door {
  /** One batch: the frames that came while the one before was being written. */
  send(...messages: readonly Buffer[]): Promise<Ack[]>;
  readonly vouched: VouchedIdentities;
  readonly loader: WorkingSetLoader;
  readonly writer: WorkingSetWriter;
}

/** An instance of the service as far as the ADT door goes, on a database of its own pool. */
export function openDoor(
  database: Database,
  ght: Ght,
  environment: InsEnvironment = 'trial',
  jobs = new JobQueue(),
): Door {
  const patients = new PatientRepository();
  const stays = new StayRepository();
  const loader = new WorkingSetLoader(patients, stays);
  const writer = new WorkingSetWriter(
    patients,
    stays,
    new TaskRepository(),
    new Outbox(),
    new InsiRequests(ght, environment, jobs),
  );
  const registry = new IdentityRegistry(ght, environment, loader, writer, new StayBook(ght));
  const reader = adtMessageReader(ght, environment);
  const intake: FrameIntake<unknown> = adtIntake(
    ght,
    database,
    new MessageJournal(),
    reader,
    registry,
    createLogger('identity-test'),
  ) as FrameIntake<unknown>;
  return {
    loader,
    writer,
    vouched: new VouchedIdentities(loader, writer),
    async send(...messages) {
      const answers = await intake.handle(
        messages.map((bytes) => ({
          bytes,
          receivedAt: new Date(),
          connectionId: 'test',
          remoteAddress: '127.0.0.1',
        })),
      );
      return answers.map((answer) => {
        if (!('ack' in answer)) throw new Error('the connection was closed without an answer');
        return readAck(answer.ack);
      });
    },
  };
}

export const identitySchema = (): Promise<TestDatabase> => createTestDatabase([{ schema: 'identity', migrations }]);

/** A test INS of its own, with a right key. */
export function freshIns(): Ins {
  const digits = String(BigInt(`0x${randomUUID().replaceAll('-', '').slice(0, 12)}`) % 10n ** 10n).padStart(10, '0');
  const nir13 = `179${digits}`;
  return { matricule: nir13 + insKey(nir13), oid: INS_OID.nirTest };
}

/** What one patient says by default in a test; every test has its own numbers. */
export interface Person {
  readonly ipp: string;
  readonly traits: AdtSpec['patient']['traits'];
}

export const freshPerson = (birthName = 'DUPONT'): Person => ({
  ipp: `IPP-${randomUUID()}`,
  traits: {
    birthName,
    birthGivenNames: 'ANNE MARIE',
    birthFirstGivenName: 'ANNE',
    birthDate: '1979-03-28',
    sex: 'F',
    birthPlace: '63220',
  },
});

type Details = Partial<Omit<AdtSpec, 'patient' | 'header' | 'event'>> & {
  readonly patient?: Partial<AdtSpec['patient']>;
  readonly header?: Partial<AdtSpec['header']>;
};

export const NORD = { name: 'NORD', oid: '2.999.1' };

/** An ADT of the source gam-nord about a person, PID-32 = PROV unless said otherwise. */
export function adt(event: string, person: Person, details: Details = {}): Buffer {
  const { patient, header, ...rest } = details;
  return writeAdt({
    header: {
      application: 'GAM',
      facility: 'NORD',
      receivingApplication: 'PFI',
      receivingFacility: 'NORD',
      at: new Date('2026-01-02T09:15:00Z'),
      controlId: randomUUID().slice(0, 20),
      processingId: 'P',
      ...header,
    },
    event,
    occurredAt: new Date('2026-01-02T09:00:00Z'),
    ...rest,
    patient: {
      identifiers: [{ authority: NORD, value: person.ipp, type: 'PI' }],
      traits: person.traits,
      pid32: ['PROV'],
      ...patient,
    },
  });
}

/** A40: `retired` becomes `survivor`. */
export const a40 = (survivor: Person, retired: Person, patient: Details['patient'] = { pid32: [] }): Buffer =>
  adt('A40', survivor, { mrg: { identifiers: [{ authority: NORD, value: retired.ipp, type: 'PI' }] }, patient });
