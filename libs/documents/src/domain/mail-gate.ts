import { isTrustedAddress, parisDay, parseMssAddress } from '@pfi/health';
import type { Audience, Channel, Verdict } from './delivery.js';
import {
  artefactVerdict,
  pending,
  qualifiedIns,
  verdict,
  type GatedDocument,
  type KnownIdentity,
} from './gated-document.js';
import type { ReasonCode } from './reasons.js';
import type { SteeringFlags } from './routing.js';

/** What the gate of mails needs to know of a document besides. */
export interface MailedDocument extends GatedDocument {
  readonly flags: Pick<SteeringFlags, 'masquePs' | 'invisiblePatient' | 'invisibleRepLegaux'>;
  /** Who may ever receive documents of this type. */
  readonly audience: readonly Audience[];
  /** The sender says that the patient is a fiction. */
  readonly fictitious: boolean;
  /** The delay of professional mail is counted from here. */
  readonly receivedAt: Date;
}

/** A professional or structure as the source named it; null when it named none. */
export type NamedRecipient = { readonly address: string | null; readonly id: string | null } | null;

export interface MailGateSettings {
  readonly channelEnabled: boolean;
  /** The legal entity has a mailbox to send from. */
  readonly mailbox: boolean;
  readonly trustedDomains: readonly string[];
  readonly blockProWhenMasquePs: boolean;
  readonly blockMinorWhenHiddenFromRepresentatives: boolean;
  /** What professional mail does without a qualified INS; milliseconds. */
  readonly proWithoutIns: 'hold' | 'send' | number;
  readonly production: boolean;
}

type MailChannel = Exclude<Channel, 'dmp'>;

const MAJORITY_YEARS = 18;

/** May this mail leave at this instant, and made how? (design D2, D3.) Pure, asked as often as the gate of the DMP. */
export function judgeMailDelivery(
  channel: MailChannel,
  document: MailedDocument,
  recipient: NamedRecipient,
  identity: KnownIdentity | null,
  settings: MailGateSettings,
  now: Date,
): Verdict {
  const excluded =
    channel === 'mss-patient'
      ? excludedFromPatient(document, identity, settings, now)
      : excludedFromProfessionals(document, settings);
  if (excluded) return verdict('not-applicable', excluded);
  if (document.lineageConflict) return verdict('parked', 'LINEAGE_CONFLICT');
  if (!document.complete) return verdict('refused', 'DOCUMENT_INCOMPLETE');
  const obstacle = channel === 'mss-pro' ? recipientObstacle(recipient, settings) : undefined;
  if (obstacle) return verdict('held', obstacle);
  if (!settings.channelEnabled) return verdict('held', 'CHANNEL_DISABLED');
  if (!settings.mailbox) return verdict('held', 'MAILBOX_MISSING');
  return channel === 'mss-patient' ? toPatient(document, identity) : toProfessional(document, identity, settings, now);
}

function excludedFromPatient(
  { audience, flags, fictitious, traitsInDocument }: MailedDocument,
  identity: KnownIdentity | null,
  settings: MailGateSettings,
  now: Date,
): ReasonCode | undefined {
  if (!audience.includes('patient')) return 'TYPE_NOT_FOR_PATIENT';
  if (flags.invisiblePatient) return 'HIDDEN_FROM_PATIENT';
  const { birthDate } = identity?.traits ?? traitsInDocument;
  // Legal representatives can open the mailbox of a minor.
  if (flags.invisibleRepLegaux && settings.blockMinorWhenHiddenFromRepresentatives && isMinor(birthDate, now))
    return 'HIDDEN_FROM_REPRESENTATIVES';
  if (settings.production && (identity?.fictitious ?? fictitious)) return 'PATIENT_FICTITIOUS';
  return undefined;
}

function excludedFromProfessionals(
  { audience, flags }: MailedDocument,
  settings: MailGateSettings,
): ReasonCode | undefined {
  if (!audience.includes('professional')) return 'TYPE_NOT_FOR_PROFESSIONALS';
  return flags.masquePs && settings.blockProWhenMasquePs ? 'HIDDEN_FROM_PROFESSIONALS' : undefined;
}

function recipientObstacle(recipient: NamedRecipient, { trustedDomains }: MailGateSettings): ReasonCode | undefined {
  if (!recipient || (recipient.address === null && recipient.id === null)) return 'RECIPIENT_MISSING';
  if (recipient.address === null) return undefined;
  const address = parseMssAddress(recipient.address);
  return address && isTrustedAddress(address, trustedDomains) ? undefined : 'RECIPIENT_UNTRUSTED';
}

/** The address of a patient is made of the qualified INS: without it there is none. */
function toPatient(document: MailedDocument, identity: KnownIdentity | null): Verdict {
  const known = qualifiedIns(document, identity);
  return typeof known === 'string' ? verdict('held', known) : artefactVerdict(document, known.ins, known.traits);
}

/** With the qualified INS; without it once the delay is over, but then with no matricule at all, not even one of the source. */
function toProfessional(
  document: MailedDocument,
  identity: KnownIdentity | null,
  { proWithoutIns }: MailGateSettings,
  now: Date,
): Verdict {
  const known = qualifiedIns(document, identity);
  if (typeof known !== 'string') {
    const made = artefactVerdict(document, known.ins, known.traits);
    const [why] = made.reasons;
    // The source forbids to complete its document, not to mail it: it says itself that it carries no INS.
    return why?.code === 'INS_ABSENT_FROM_DOCUMENT' ? pending('as-received', null) : made;
  }
  if (proWithoutIns === 'hold') return verdict('held', known);
  const leavesAt = new Date(document.receivedAt.getTime() + (proWithoutIns === 'send' ? 0 : proWithoutIns));
  if (now < leavesAt) return verdict('held', known, `départ sans matricule à partir du ${frenchTime.format(leavesAt)}`);
  if (document.insInDocument) return verdict('held', 'INS_IN_DOCUMENT_NOT_QUALIFIED');
  return pending(document.content === 'pdf' ? 'render-n1' : 'as-received', null);
}

const frenchTime = new Intl.DateTimeFormat('fr-FR', {
  timeZone: 'Europe/Paris',
  dateStyle: 'short',
  timeStyle: 'short',
});

/** On this day in France; a birth date that is not wholly known (`YYYY`, `YYYY-MM`) counts from its last day. */
export function isMinor(birthDate: string | undefined, now: Date): boolean {
  const [year = '', month = '12', day = '31'] = (birthDate ?? '').split('-');
  if (!/^\d{4}$/.test(year)) return false;
  return `${Number(year) + MAJORITY_YEARS}-${month}-${day}` > parisDay(now);
}
