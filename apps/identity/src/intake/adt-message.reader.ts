import { randomBytes } from 'node:crypto';
import { acceptedInsOids, parisDay, type InsEnvironment, type LocalIdentifier } from '@pfi/health';
import {
  buildAck,
  parseMessage,
  readAdt,
  type AckError,
  type Hl7Warning,
  type MessageHeader,
  type PatientIdentifier,
  type UsedAdt,
} from '@pfi/hl7v2';
import { weightOf, type MovementEvent } from '@pfi/identity-core';
import { admitSource, GROUP_OWNER, sha256Of, type JournalEntry, type Reading } from '@pfi/platform-intake';
import type { MllpFrame } from '@pfi/platform-mllp';
import { ownerOfDomain, type Ght, type Source } from '@pfi/platform-settings';
import { v7 as uuidV7 } from 'uuid';
import { AdtRefused, refusalOf } from './adt-refusal.js';
import type { IncomingAdt, IncomingMovement } from './incoming-adt.js';

interface Known {
  header?: Partial<MessageHeader>;
  source?: Source;
}

/** ADT frames to what they ask for: every check that needs no database. */
export class AdtMessageReader {
  readonly #insOids: ReadonlySet<string>;

  constructor(
    private readonly ght: Ght,
    environment: InsEnvironment,
  ) {
    this.#insOids = new Set(acceptedInsOids(environment));
  }

  /** Never throws for what a sender wrote: a refusal is a reading whose answer is `AE` and whose bytes are kept. */
  read(frame: MllpFrame): Reading<IncomingAdt> {
    const known: Known = {};
    const id = uuidV7();
    try {
      const message = parseMessage(frame.bytes);
      known.header = message.header;
      const source = admitSource(this.ght, message.header, frame.clientCertificate);
      known.source = source;
      if (source.separators === 'strict') parseMessage(frame.bytes, { separators: 'strict' });
      const adt = readAdt(message);
      if (adt.kind === 'unused')
        return { entry: entryOf(id, frame, known, { outcome: 'unused', warnings: adt.warnings }) };
      const work = this.incoming(id, adt, source, frame);
      return { entry: entryOf(id, frame, known, { outcome: 'accepted', warnings: adt.warnings }), work };
    } catch (error) {
      const refusal = refusalOf(error);
      if (!refusal) throw error;
      known.header ??= (error as { readonly header?: Partial<MessageHeader> }).header ?? {};
      return { entry: entryOf(id, frame, known, { outcome: 'rejected', refusal }) };
    }
  }

  /** The same entry, refused by what only the database could tell. */
  refused(entry: JournalEntry, refusal: AckError): JournalEntry {
    const { header } = parseMessage(entry.raw);
    return {
      ...entry,
      outcome: 'rejected',
      answer: answerOf(header, entry.receivedAt, refusal, this.ght.sourceByKey(entry.source)),
      code: refusal.code,
      detail: refusal.textFr,
      ...(refusal.location ? { location: refusal.location } : {}),
    };
  }

  /** The same entry, kept under "rejets" for a fault of ours: its sender must not resend it for ever. */
  unapplicable(entry: JournalEntry): JournalEntry {
    return this.refused(entry, {
      hl7Code: '207',
      code: 'INTERNAL_ERROR',
      textFr: 'La plateforme n’a pas pu traiter ce message ; il est conservé dans les rejets : prévenir l’exploitant.',
    });
  }

  private incoming(messageId: string, adt: UsedAdt, source: Source, frame: MllpFrame): IncomingAdt {
    const { patient } = adt;
    const usableIns = patient.ins && this.#insOids.has(patient.ins.oid) ? patient.ins : null;
    const identifiers = this.identifiers(patient.identifiers, source, 'PID^1^3');
    if (identifiers.length === 0 && !usableIns)
      throw new AdtRefused(
        '207',
        'SOURCE_NOT_ALLOWED',
        'Aucun identifiant de PID-3 ne vient d’une autorité connue : déclarer l’autorité dans le fichier du GHT.',
        'PID^1^3',
      );
    const opposition = adt.zfa?.opposition;
    return {
      cause: {
        event: adt.event,
        source: source.key,
        messageId,
        at: frame.receivedAt,
        traceparent: frame.traceparent,
      },
      source,
      statement: {
        identifiers,
        ins: usableIns,
        traits: patient.traits,
        pid32: patient.pid32,
        ...(opposition ? { opposition } : {}),
      },
      weight: weightOf(adt.event, patient.pid32),
      insIgnored: patient.insProblem !== undefined || (patient.ins !== undefined && !usableIns),
      retired: adt.kind === 'merge' ? this.retired(adt, source) : [],
      movement: adt.kind === 'movement' ? this.movement(adt, source, frame.receivedAt) : null,
    };
  }

  /** Identifiers under their canonical authority; one of another identity domain refuses the message (B-16). */
  private identifiers(stated: readonly PatientIdentifier[], source: Source, location: string): LocalIdentifier[] {
    return stated.flatMap(({ authority: reference, value, type }) => {
      const authority = this.ght.domainOfAuthority(reference);
      if (!authority) return [];
      if (authority.domain !== source.domain)
        throw new AdtRefused(
          '207',
          'SOURCE_NOT_ALLOWED',
          'L’identifiant du patient appartient à un autre domaine d’identité que celui de l’émetteur.',
          location,
        );
      return [{ authority: authority.name, value, type }];
    });
  }

  private retired(adt: UsedAdt, source: Source): LocalIdentifier[] {
    const retired = this.identifiers(adt.mrg?.identifiers ?? [], source, 'MRG^1^1');
    if (retired.length === 0)
      throw new AdtRefused(
        '101',
        'REQUIRED_FIELD',
        'MRG-1 ne porte aucun identifiant local d’une autorité connue : impossible de savoir quelle identité disparaît.',
        'MRG^1^1',
      );
    return retired;
  }

  private movement(adt: UsedAdt, source: Source, receivedAt: Date): IncomingMovement | null {
    const { visit, movement } = adt;
    // An A08 outside a stay only speaks of the patient.
    const outside = !visit || visit.patientClass === 'N';
    const stay = this.stayKey(adt, source);
    if (!stay && (outside || adt.event === 'A08')) return null;
    const at = movement?.at;
    return {
      stay,
      change: {
        event: adt.event as MovementEvent,
        historic: movement?.historic ?? false,
        at,
        occurredAt: adt.occurredAt,
        admittedAt: visit?.admittedAt,
        endedAt: visit?.endedAt,
        patientClass: visit?.patientClass ?? '',
      },
      unit: movement?.medicalUnit?.code || visit?.unit || null,
      day: parisDay(at ?? visit?.admittedAt ?? receivedAt),
    };
  }

  private stayKey({ visit, patient }: UsedAdt, source: Source): IncomingMovement['stay'] {
    const number = visit?.number ?? patient.accountNumber?.value;
    if (!number) return null;
    const reference = visit?.number ? visit.authority : patient.accountNumber?.authority;
    const authority = reference ? this.ght.domainOfAuthority(reference) : undefined;
    return { authority: authority?.name ?? this.ght.domain(source.domain)?.authority.name ?? '', value: number };
  }
}

function entryOf(
  id: string,
  frame: MllpFrame,
  { header = {}, source }: Known,
  result: {
    readonly outcome: JournalEntry['outcome'];
    readonly refusal?: AckError;
    readonly warnings?: readonly Hl7Warning[];
  },
): JournalEntry {
  const { outcome, refusal, warnings = [] } = result;
  const said = refusal ? { code: refusal.code, detail: refusal.textFr } : warned(warnings);
  return {
    id,
    owner: source ? ownerOfDomain(source.domain) : GROUP_OWNER,
    source: source?.key ?? `?${header.application ?? ''}|${header.facility ?? ''}`,
    controlId: header.controlId ?? '',
    sha256: sha256Of(frame.bytes),
    transport: 'mllp',
    messageType: header.messageType ? `${header.messageType}^${header.event ?? ''}` : '',
    receivedAt: frame.receivedAt,
    raw: frame.bytes,
    outcome,
    answer: answerOf(header, frame.receivedAt, refusal, source),
    ...said,
    ...(refusal?.location ? { location: refusal.location } : {}),
  };
}

const warned = ([first, ...others]: readonly Hl7Warning[]): Pick<JournalEntry, 'code' | 'detail'> =>
  first ? { code: first.code, detail: [first, ...others].map((warning) => warning.textFr).join(' ') } : {};

function answerOf(
  header: Partial<MessageHeader>,
  at: Date,
  refusal: AckError | undefined,
  source: Source | undefined,
): Buffer {
  return buildAck({
    request: header,
    code: refusal ? (source?.swapErrorCodes ? 'AR' : 'AE') : 'AA',
    controlId: randomBytes(10).toString('hex'),
    at,
    ...(refusal ? { error: refusal } : {}),
  });
}
