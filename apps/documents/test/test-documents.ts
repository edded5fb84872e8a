import { randomUUID } from 'node:crypto';
import type { DeliveryClaim, PayloadOf, patientChangedV1 } from '@pfi/contracts';
import { writeCdaForTests, type CdaTestSpec } from '@pfi/cda/testing';
import { INS_OID, insKey, uuidToOid, type Ins, type InsEnvironment, type PatientTraits } from '@pfi/health';
import { readAck, writeDocumentMessage, type Ack, type DocumentMessageSpec } from '@pfi/hl7v2';
import { PostgresContentStore } from '@pfi/platform-content';
import { Outbox } from '@pfi/platform-messaging';
import type { MllpAnswer } from '@pfi/platform-mllp';
import { JobQueue } from '@pfi/platform-postgres';
import { createTestDatabase, type TestDatabase } from '@pfi/platform-postgres/testing';
import { DoorPressure } from '@pfi/platform-service';
import type { Ght } from '@pfi/platform-settings';
import { createLogger } from '@pfi/platform-telemetry';
import type { Outcome } from '../src/deliveries/delivery-outcomes.js';
import { buildParts } from '../src/documents.parts.js';
import type { ZamJob } from '../src/feedback/feedback.js';
import { documentView } from '../src/http/document.view.js';
import { searchDocuments } from '../src/persistence/document-search.js';
import { migrations } from '../src/persistence/migrations/index.js';
import { NORD } from './test-group.js';

type PatientChanged = PayloadOf<typeof patientChangedV1>;
export type DocumentView = ReturnType<typeof documentView>;

export const documentsDatabase = (): Promise<TestDatabase> => createTestDatabase([{ schema: 'documents', migrations }]);

/** One instance of the service without transports, on pools of its own. */
export async function openDocuments(server: TestDatabase, ght: Ght, environment: InsEnvironment = 'trial') {
  const database = await server.open('documents', { poolSize: 6 });
  const contentDatabase = await server.open('documents', { poolSize: 2 });
  const parts = buildParts({
    ght,
    environment,
    database,
    contents: new PostgresContentStore(contentDatabase),
    outbox: new Outbox(),
    jobs: new JobQueue(),
    logger: createLogger('documents-test', { level: 'fatal' }),
    doors: new DoorPressure(),
  });
  const scopes = [...ght.expandScopes(['ght'])];
  const as = (subject: string, machine: boolean) => ({
    subject,
    machine,
    scopes,
    issuer: 'https://idp.example',
    purpose: null,
  });
  const answers = (frames: readonly Buffer[]): Promise<MllpAnswer[]> =>
    parts.intake.handle(
      frames.map((bytes) => ({ bytes, receivedAt: new Date(), connectionId: 'test', remoteAddress: '127.0.0.1' })),
    );
  return {
    parts,
    database,
    scopes,
    operator: as('operateur', false),
    contents: new PostgresContentStore(contentDatabase),
    answers,
    async send(...frames: readonly Buffer[]): Promise<Ack[]> {
      return (await answers(frames)).map((answer) => {
        if (!('ack' in answer)) throw new Error('the connection was closed without an answer');
        return readAck(answer.ack);
      });
    },
    patientsChanged: (...changes: readonly PatientChanged[]): Promise<void> =>
      database.transaction([...ght.scopesOfOwner('dom:nord')], (tx) => parts.following.patientsChanged(tx, changes)),
    outcome: (outcome: Outcome): Promise<void> =>
      database.transaction([...ght.scopesOfOwner(NORD.owner)], (tx) => parts.outcomes.apply(tx, [outcome])),
    claim: (deliveryId: string, request: number): Promise<DeliveryClaim> =>
      parts.goAhead.claim(as('dmp-gateway', true), deliveryId, request),
    documents: (
      filter: Parameters<typeof searchDocuments>[1],
      as: readonly string[] = scopes,
    ): Promise<DocumentView[]> =>
      database.transaction(as, async (tx) => {
        const found = await searchDocuments(tx, filter, { limit: 100 });
        const ids = found.map(({ id }) => id);
        const deliveries = await parts.repository.deliveriesOf(tx, ids);
        const timeline = await parts.repository.timelineOf(tx, ids);
        const neighbours = await parts.repository.neighbours(tx, found);
        return found.map((document) =>
          documentView(
            document,
            deliveries.filter(({ documentId }) => documentId === document.id),
            timeline.filter(({ documentId }) => documentId === document.id),
            neighbours.get(document.id),
          ),
        );
      }),
    events: async (
      lineageId: string,
    ): Promise<{ type: string; sequence: number; payload: Record<string, unknown> }[]> => {
      const rows = await server.admin<{ type: string; sequence: string; payload: string }>(
        'SELECT type, sequence, payload FROM documents.outbox WHERE aggregate = $1 ORDER BY position',
        [lineageId],
      );
      return rows.map((row) => ({ type: row.type, sequence: Number(row.sequence), payload: JSON.parse(row.payload) }));
    },
    /** Business acknowledgements that were queued: `Z02 Y`, `Z01 N 903`. */
    told: async (documentId: string): Promise<string[]> => {
      const rows = await server.admin<{ payload: ZamJob }>(
        `SELECT payload FROM documents.job WHERE queue = 'zam' AND payload->>'documentId' = $1 ORDER BY position`,
        [documentId],
      );
      return rows.map(({ payload: { kind, feedback } }) => `${kind} ${feedback.positive ? 'Y' : `N ${feedback.code}`}`);
    },
    feedback: async (documentId: string): Promise<Record<string, unknown>[]> => {
      const rows = await server.admin<{ payload: Record<string, unknown> }>(
        `SELECT payload FROM documents.job WHERE queue = 'zam' AND payload->>'documentId' = $1 ORDER BY position`,
        [documentId],
      );
      return rows.map((row) => row.payload['feedback'] as Record<string, unknown>);
    },
  };
}

export type Documents = Awaited<ReturnType<typeof openDocuments>>;

/** A test INS of its own, with a right key. */
export function freshIns(): Ins {
  const digits = String(BigInt(`0x${randomUUID().replaceAll('-', '').slice(0, 12)}`) % 10n ** 10n).padStart(10, '0');
  const nir13 = `279${digits}`;
  return { matricule: nir13 + insKey(nir13), oid: INS_OID.nirTest };
}

export interface Person {
  readonly ipp: string;
  readonly patientId: string;
  readonly ins: Ins;
  readonly traits: PatientTraits;
}

export const freshPerson = (): Person => ({
  ipp: `IPP-${randomUUID()}`,
  patientId: randomUUID(),
  ins: freshIns(),
  traits: {
    birthName: 'ESSAI',
    birthGivenNames: 'JEANNE ÉLISE',
    birthDate: '1979-05-12',
    sex: 'F',
    birthPlace: '35238',
  },
});

/** The state of a person as the identity context tells it; provisional unless said otherwise. */
export const identityOf = (person: Person, change: Partial<PatientChanged> = {}): PatientChanged => ({
  patientId: person.patientId,
  version: 1,
  domain: NORD.domain,
  identifiers: [{ authority: NORD.authority.name, value: person.ipp, type: 'PI' }],
  ins: null,
  status: 'provisoire',
  traits: person.traits,
  fictitious: false,
  dmpOpposition: 'none',
  mergedInto: null,
  ...change,
});

export const qualified = (person: Person, version: number, change: Partial<PatientChanged> = {}): PatientChanged =>
  identityOf(person, { version, status: 'qualifiee', ins: person.ins, ...change });

export interface MessageChange extends Partial<Omit<DocumentMessageSpec, 'header' | 'patient' | 'cda'>> {
  readonly header?: Partial<DocumentMessageSpec['header']>;
  readonly patient?: Partial<DocumentMessageSpec['patient']>;
  /** Of the CDA inside; without INS by default. */
  readonly document?: CdaTestSpec;
  readonly level?: 'N1' | 'N3';
  readonly cda?: Buffer;
}

export const freshOid = (): string => uuidToOid(randomUUID());

/** An MDM^T02 of source `dpi` about a person: for the DMP, acknowledgement asked for. */
export function mdm(person: Person, change: MessageChange = {}): Buffer {
  const { header, patient, document, level = 'N1', cda, ...rest } = change;
  const id = document?.id ?? freshOid();
  return writeDocumentMessage({
    messageType: 'MDM',
    kind: 'initial',
    typeCode: { code: '11490-0', system: '2.16.840.1.113883.6.1', label: 'Lettre de liaison à la sortie' },
    documentId: { root: id },
    visit: { number: `SEJ-${person.ipp}`, authority: NORD.authority, patientClass: 'I', unit: '1010' },
    recipients: [],
    flags: { destDmp: true, destMssPs: false, destMssPat: false, ackReception: true },
    bodies: {},
    ...rest,
    header: {
      application: 'DPI',
      facility: 'NORD',
      receivingApplication: 'PFI',
      receivingFacility: 'NORD',
      at: new Date('2026-01-02T09:15:00Z'),
      controlId: randomUUID().slice(0, 20),
      processingId: 'P',
      ...header,
    },
    patient: {
      identifiers: [{ authority: NORD.authority, value: person.ipp, type: 'PI' }],
      traits: person.traits,
      pid32: [],
      ...patient,
    },
    cda:
      cda ??
      writeCdaForTests(level, {
        ins: null,
        traits: { ...person.traits, birthFirstGivenName: 'JEANNE' },
        localIds: [{ root: NORD.authority.oid, extension: person.ipp }],
        setId: freshOid(),
        ...document,
        id,
      }),
  });
}

/** The only document that answers to a control id. */
export async function theDocument(documents: Documents, controlId: string): Promise<DocumentView> {
  const found = await documents.documents({ controlId });
  if (found.length !== 1) throw new Error(`${found.length} documents instead of 1`);
  return found[0] as DocumentView;
}

export const controlId = (): string => randomUUID().slice(0, 20);
