import { parisDay } from '@pfi/health';
import type { IndicatorDefinition, NetExclusion, View } from './definition.js';
import { feedOf, type CountedDocument, type DocumentState, type Feed } from './feed.js';
import { dayAfter } from './period.js';
import { reasonOf, type Reason, type ReasonCode } from './reasons.js';
import type { StayFacts } from './stay-facts.js';

export type Counted = 'numerator' | 'denominator' | 'excluded';

/** One side of a judgement. */
export interface Mark {
  readonly counted: Counted;
  readonly code: ReasonCode;
  readonly detail: string | null;
}

/** What one indicator says of one ended stay. */
export interface Judgement {
  /** Day in France that places the stay in a period. */
  readonly day: string;
  readonly gross: Mark;
  readonly net: Mark;
  /** Sessions of one group count as one unit; null = the stay is a unit of its own. */
  readonly group: string | null;
  readonly documents: readonly CountedDocument[];
}

export interface StayVerdict {
  readonly counted: Counted;
  readonly reason: Reason;
  readonly documents: readonly CountedDocument[];
}

/** The verdict of a stay in one view; null as long as the stay has not ended: it belongs to no period. */
export function judgeStay(definition: IndicatorDefinition, stay: StayFacts, view: View): StayVerdict | null {
  const judgement = judge(definition, stay);
  if (!judgement) return null;
  const { counted, code, detail } = judgement[view];
  return { counted, reason: reasonOf(code, definition, detail), documents: judgement.documents };
}

/** Both views at once. */
export function judge(definition: IndicatorDefinition, stay: StayFacts): Judgement | null {
  if (stay.state !== 'ended' || !stay.endedAt) return null;
  const endedOn = parisDay(stay.endedAt);
  const feed = feedOf(definition.feeding, stay);
  const cutoff = definition.lateFeedCutoffDays;
  const late = feed.at !== null && cutoff !== null && parisDay(feed.at) > dayAfter(endedOn, cutoff);
  const fed = feed.at !== null && !late;
  const day = definition.attribution === 'FEED_DATE' && fed && feed.at ? parisDay(feed.at) : endedOn;
  const { documents } = feed;

  const outside = exclusion(definition, stay, endedOn, feed);
  if (outside) return { day, gross: outside, net: outside, group: null, documents };
  const group = groupOf(definition, stay, day);
  if (fed) {
    const served: Mark = { counted: 'numerator', code: 'FED', detail: null };
    return { day, gross: served, net: served, group, documents };
  }
  const impediment = impedimentOf(definition, stay);
  const why = impediment ?? whyNotFed(definition, feed, late);
  const gross: Mark = { counted: 'denominator', ...why };
  const net: Mark =
    impediment && definition.netExclusions.includes(impediment.code) ? { ...gross, counted: 'excluded' } : gross;
  return { day, gross, net, group, documents };
}

type Why = Pick<Mark, 'code' | 'detail'>;

const excluded = (code: ReasonCode, detail: string | null = null): Mark => ({ counted: 'excluded', code, detail });

/** What takes a stay out of both views. */
function exclusion(definition: IndicatorDefinition, stay: StayFacts, endedOn: string, feed: Feed): Mark | null {
  const { patient, patientClass } = stay;
  if (!definition.stayClasses.includes(patientClass)) return excluded('CLASS_NOT_COUNTED', patientClass || null);
  if (patient?.fictitious) return excluded('TEST_PATIENT');
  if (definition.excludeDeceased && died(stay, endedOn)) return excluded('DECEASED');
  const newborn = definition.excludeNewbornDays;
  if (newborn > 0 && patient?.birthDate && endedOn < dayAfter(patient.birthDate, newborn))
    return excluded('NEWBORN', String(newborn));
  if (definition.seances === 'EXCLUDE' && definition.seanceClasses.includes(patientClass)) return excluded('SEANCE');
  if (definition.denominator === 'STAYS_WITH_DOC' && feed.documents.length === 0)
    return excluded('DOCUMENT_NOT_PRODUCED');
  return null;
}

function died({ endedByDeath, patient, admittedAt }: StayFacts, endedOn: string): boolean {
  const on = patient?.deceasedOn;
  return endedByDeath || (!!on && on <= endedOn && on >= (admittedAt ? parisDay(admittedAt) : endedOn));
}

/** Sessions of one patient in one establishment and month. */
function groupOf(definition: IndicatorDefinition, stay: StayFacts, day: string): string | null {
  if (definition.seances !== 'GROUP_PER_MONTH' || !definition.seanceClasses.includes(stay.patientClass)) return null;
  return `${stay.patient?.id ?? stay.stayId}/${stay.establishment}/${day.slice(0, 7)}`;
}

/** What made it impossible to serve the patient, as things stand now. */
function impedimentOf(definition: IndicatorDefinition, stay: StayFacts): (Why & { code: NetExclusion }) | null {
  const { patient } = stay;
  const toDmp = definition.feeding.channel === 'dmp';
  if (!patient?.insQualified) return { code: 'NO_QUALIFIED_INS', detail: null };
  if (toDmp && patient.opposed) return { code: 'DMP_OPPOSED', detail: null };
  const dmp = lastOutcome(stay, 'dmp');
  if (dmp?.kind === 'refused' && dmp.code !== null && definition.closedDmpCodes.includes(dmp.code))
    return { code: 'DMP_CLOSED', detail: dmp.code };
  if (toDmp) return null;
  const mail = lastOutcome(stay, 'mss-patient');
  const unusable = [mail?.status, mail?.code].find((code) => code && definition.unusableAddressCodes.includes(code));
  const failed = mail?.kind === 'refused' || mail?.kind === 'bounced';
  return failed && unusable ? { code: 'NO_PATIENT_ADDRESS', detail: unusable } : null;
}

/** The newest final answer on this channel, of any document of the stay: it tells the state of the other side. */
function lastOutcome(stay: StayFacts, channel: 'dmp' | 'mss-patient') {
  return stay.documents
    .filter(({ stayId }) => stayId === stay.stayId)
    .flatMap(({ deliveries }) => deliveries.filter((one) => one.channel === channel))
    .flatMap(({ outcome }) => (outcome && outcome.kind !== 'parked' ? [outcome] : []))
    .sort((a, b) => b.at.getTime() - a.at.getTime() || (a.kind < b.kind ? -1 : 1))[0];
}

const byState = {
  fed: 'FED_TOO_LATE',
  withdrawn: 'DOCUMENT_WITHDRAWN',
  replaced: 'DOCUMENT_WITHDRAWN',
  refused: 'DOCUMENT_REFUSED',
  parked: 'DOCUMENT_PARKED',
  cancelled: 'DOCUMENT_CANCELLED',
  held: 'DOCUMENT_HELD',
  pending: 'DOCUMENT_PENDING',
  'not-asked': 'NOT_ASKED',
} as const satisfies Record<DocumentState, ReasonCode>;

function whyNotFed({ lateFeedCutoffDays }: IndicatorDefinition, { documents, detail }: Feed, late: boolean): Why {
  if (late) return { code: 'FED_TOO_LATE', detail: String(lateFeedCutoffDays) };
  const [nearest] = documents;
  return nearest ? { code: byState[nearest.state], detail } : { code: 'NO_DOCUMENT', detail: null };
}
