import {
  buildAck,
  parseMessage,
  type AckError,
  type Hl7Message,
  type Hl7Warning,
  type MessageHeader,
} from '@pfi/hl7v2';
import type { MllpFrame } from '@pfi/platform-mllp';
import type { Ght, Source } from '@pfi/platform-settings';
import { v7 as uuidV7 } from 'uuid';
import type { Reading } from './frame-intake.js';
import { GROUP_OWNER } from './journal-table.js';
import { sha256Of, type CarriedContent, type JournalEntry } from './message-journal.js';
import { refusalOf } from './message-refused.js';
import { admitSource } from './source-admission.js';

/** What a door makes of a message that an admitted source sent. Without work it is valid and unused. */
export interface Opened<Work> {
  readonly work?: Work;
  /** Owner of the message; by default that of its source. */
  readonly owner?: string;
  /** What the work stores of the message as a content, whatever becomes of it. */
  readonly carried?: CarriedContent | undefined;
  /** Kept beside the message. */
  readonly warnings?: readonly Hl7Warning[];
}

export interface Hl7MessageReaderOptions<Work> {
  readonly ght: Ght;
  /** `ej:…` or `dom:…` of what this source sends. */
  readonly ownerOf: (source: Source) => string;
  /** Every check that needs no database; `id` will be the message's in the journal. Raises what `refusalOf` knows. */
  readonly open: (id: string, message: Hl7Message, source: Source, frame: MllpFrame) => Opened<Work>;
  /** Errors of this door beside those of the codec and of the platform. */
  readonly refusalOf?: (error: unknown) => AckError | undefined;
}

interface Known {
  header?: Partial<MessageHeader>;
  source?: Source;
}

/** HL7 v2 frames to what they ask for and to the answer that their sender gets (design D1). */
export class Hl7MessageReader<Work> {
  constructor(private readonly options: Hl7MessageReaderOptions<Work>) {}

  /** Never throws for what a sender wrote: a refusal is a reading whose answer is `AE` and whose bytes are kept. */
  read(frame: MllpFrame): Reading<Work> {
    const { ght, open } = this.options;
    const known: Known = {};
    const id = uuidV7();
    try {
      const message = parseMessage(frame.bytes);
      known.header = message.header;
      const source = admitSource(ght, message.header, frame.clientCertificate);
      known.source = source;
      if (source.separators === 'strict') parseMessage(frame.bytes, { separators: 'strict' });
      const { work, owner, carried, warnings = [] } = open(id, message, source, frame);
      const outcome = work === undefined ? ('unused' as const) : ('accepted' as const);
      const entry = {
        ...{ ...this.entry(id, frame, known, owner), outcome, ...warned(warnings) },
        ...(carried ? { carried } : {}),
      };
      return work === undefined ? { entry } : { entry, work };
    } catch (error) {
      const refusal = this.refusalOf(error);
      if (!refusal) throw error;
      known.header ??= headerOf(error);
      return { entry: refusedEntry(this.entry(id, frame, known), known.header, refusal, known.source) };
    }
  }

  /** The same entry, refused by what only the database could tell. */
  refused(entry: JournalEntry, refusal: AckError): JournalEntry {
    return refusedEntry(entry, headerIn(entry.raw), refusal, this.options.ght.sourceByKey(entry.source));
  }

  /** The same entry, kept under "rejets" for a fault of ours: its sender must not resend it for ever. */
  unapplicable(entry: JournalEntry): JournalEntry {
    // Nothing of it was stored: its bytes are kept whole.
    const { carried: _carried, ...whole } = entry;
    return this.refused(whole, {
      hl7Code: '207',
      code: 'INTERNAL_ERROR',
      textFr: 'La plateforme n’a pas pu traiter ce message ; il est conservé dans les rejets : prévenir l’exploitant.',
    });
  }

  private refusalOf(error: unknown): AckError | undefined {
    return refusalOf(error) ?? this.options.refusalOf?.(error);
  }

  private entry(id: string, frame: MllpFrame, { header = {}, source }: Known, owner?: string): JournalEntry {
    return {
      id,
      owner: owner ?? (source ? this.options.ownerOf(source) : GROUP_OWNER),
      source: source?.key ?? `?${header.application ?? ''}|${header.facility ?? ''}`,
      controlId: header.controlId ?? '',
      sha256: sha256Of(frame.bytes),
      transport: 'mllp',
      messageType: header.messageType ? `${header.messageType}^${header.event ?? ''}` : '',
      receivedAt: frame.receivedAt,
      raw: frame.bytes,
      outcome: 'accepted',
      answer: acknowledgement(id, header, frame.receivedAt, undefined, source),
    };
  }
}

function refusedEntry(
  entry: JournalEntry,
  header: Partial<MessageHeader>,
  refusal: AckError,
  source: Source | undefined,
): JournalEntry {
  return {
    ...entry,
    outcome: 'rejected',
    answer: acknowledgement(entry.id, header, entry.receivedAt, refusal, source),
    code: refusal.code,
    detail: refusal.textFr,
    ...(refusal.location ? { location: refusal.location } : {}),
  };
}

/** Its control id is the end of the message's id, where that is random. */
function acknowledgement(
  id: string,
  header: Partial<MessageHeader>,
  at: Date,
  refusal: AckError | undefined,
  source: Source | undefined,
): Buffer {
  return buildAck({
    request: header,
    code: refusal ? (source?.swapErrorCodes ? 'AR' : 'AE') : 'AA',
    controlId: id.replaceAll('-', '').slice(-20),
    at,
    ...(refusal ? { error: refusal } : {}),
  });
}

/** What could be read of the header, whatever is wrong behind it. */
function headerIn(raw: Buffer): Partial<MessageHeader> {
  try {
    return parseMessage(raw).header;
  } catch (error) {
    return headerOf(error);
  }
}

const headerOf = (error: unknown): Partial<MessageHeader> =>
  (error as { readonly header?: Partial<MessageHeader> }).header ?? {};

const warned = ([first, ...others]: readonly Hl7Warning[]): Pick<JournalEntry, 'code' | 'detail'> =>
  first ? { code: first.code, detail: [first, ...others].map((warning) => warning.textFr).join(' ') } : {};
