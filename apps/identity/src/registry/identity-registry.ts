import { sameStrictTraits, type InsEnvironment } from '@pfi/health';
import type { AckError } from '@pfi/hl7v2';
import {
  applyStatement,
  applyToSurvivor,
  change,
  decideMerge,
  merge,
  sameIns,
  withIdentifiers,
  type IdentityStatement,
  type Patient,
} from '@pfi/identity-core';
import { MessageRefused, refusalOf } from '@pfi/platform-intake';
import type { Tx } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import { v7 as uuidV7 } from 'uuid';
import type { IncomingAdt } from '../intake/incoming-adt.js';
import type { StayBook } from './stay-book.js';
import type { Named, WorkingSet } from './working-set.js';
import type { WorkingSetLoader } from './working-set.loader.js';
import type { WorkingSetWriter } from './working-set.writer.js';

/** Applies ADT of one identity domain, in order of arrival, in the caller's transaction. */
export class IdentityRegistry {
  constructor(
    private readonly ght: Ght,
    private readonly environment: InsEnvironment,
    private readonly loader: WorkingSetLoader,
    private readonly writer: WorkingSetWriter,
    private readonly stayBook: StayBook,
  ) {}

  /** Returns why a message is refused, by its place in `messages`; the others are applied. */
  async apply(tx: Tx, domain: string, messages: readonly IncomingAdt[]): Promise<ReadonlyMap<number, AckError>> {
    const set = await this.loader.load(tx, domain, {
      identifiers: messages.flatMap(({ statement, retired }) => [...statement.identifiers, ...retired]),
      retired: messages.flatMap(({ retired }) => retired),
      ins: messages.flatMap(({ statement }) => statement.ins ?? []),
      stays: messages.flatMap((message) => this.stayBook.keysOf(message)),
    });
    const refusals = new Map<number, AckError>();
    messages.forEach((message, place) => {
      try {
        this.applyOne(set, message);
      } catch (error) {
        const refusal = refusalOf(error);
        if (!refusal) throw error;
        refusals.set(place, refusal);
      }
    });
    await this.writer.write(tx, set);
    return refusals;
  }

  private applyOne(set: WorkingSet, message: IncomingAdt): void {
    if (message.retired.length > 0) refuseCycle(set, message);
    const patient = this.identify(set, message);
    if (message.retired.length > 0) this.merge(set, message, patient);
    if (message.movement) this.stayBook.apply(set, message, message.movement, patient);
  }

  /** The living patient that the message is about, once the message is applied to it. */
  private identify(set: WorkingSet, message: IncomingAdt): Patient {
    const { statement, weight, cause } = message;
    const named = set.named(statement.identifiers) ?? carrierOf(set, statement);
    if (named && named.path.length > 1) return this.throughMerge(set, message, named);
    const known = named?.living ?? set.newPatient(uuidV7());
    const { mine, others } = split(set, statement, known);
    const conflicts = weight === 'naming' && known.version > 0 ? [] : insRivals(set, statement, known);
    const stolen = conflicts.filter((rival) => sameStrictTraits(rival.traits, statement.traits).length > 0);
    const outcome = applyStatement(
      known,
      { ...statement, identifiers: mine, ins: stolen.length > 0 ? null : statement.ins },
      weight,
      this.environment,
      this.ght.domain(set.domain)?.identityAuthority,
    );
    const patient = set.keepPatient(outcome, cause);
    set.claim(mine, patient.id);
    this.tellTasks(set, message, patient, {
      others,
      stolen,
      doubles: conflicts.filter((rival) => !stolen.includes(rival)),
    });
    return patient;
  }

  /** A message that names an identity merged away is about its survivor, whose own identity it does not change. */
  private throughMerge(set: WorkingSet, message: IncomingAdt, { living }: Named): Patient {
    const { statement, weight, cause } = message;
    const { mine, others } = split(set, statement, living);
    const { differs, ...outcome } = applyToSurvivor(living, statement, weight);
    const said = set.keepPatient(outcome, cause);
    const patient = set.keepPatient(change(said, { identifiers: withIdentifiers(said.identifiers, mine) }), cause);
    set.claim(mine, patient.id, true);
    if (differs) set.openTask('RETIRED_IDENTITY_DIFFERS', patient.id, statement.identifiers[0]?.value);
    for (const other of others) set.openTask('IDENTIFIERS_CONFLICT', patient.id, other);
    return patient;
  }

  private tellTasks(
    set: WorkingSet,
    { weight, insIgnored }: IncomingAdt,
    patient: Patient,
    found: {
      readonly others: readonly string[];
      readonly stolen: readonly Patient[];
      readonly doubles: readonly Patient[];
    },
  ): void {
    if (insIgnored) set.openTask('INS_INVALID', patient.id);
    else if (weight === 'whole' && patient.version > 1) {
      set.settleTask('INS_INVALID', patient.id);
      if (found.stolen.length === 0) set.settleTask('INS_CONFLICT', patient.id);
    }
    for (const rival of found.stolen) set.openTask('INS_CONFLICT', patient.id, rival.id);
    for (const rival of found.doubles) set.openTask('INS_DUPLICATE', ...pair(patient.id, rival.id));
    for (const other of found.others) set.openTask('IDENTIFIERS_CONFLICT', patient.id, other);
  }

  private merge(set: WorkingSet, { statement, retired: stated, cause }: IncomingAdt, survivor: Patient): void {
    const from = set.named(stated);
    const to = set.named(statement.identifiers);
    const paths = { survivor: to?.path ?? ([survivor.id] as const), retired: from?.path ?? ([''] as const) };
    const decision = decideMerge(paths, survivor, from?.living);
    if (decision.kind === 'review') {
      set.openTask('IDENTITY_REVIEW', survivor.id, from?.living.id);
      return;
    }
    if (decision.kind !== 'merge') return;
    let kept = survivor;
    if (from) {
      const both = merge(survivor, from.living);
      set.keepPatient(both.retired, cause);
      kept = set.keepPatient(both.survivor, cause);
      set.merged(from.living.id, survivor.id, cause);
      set.settleTask('IDENTITY_REVIEW', survivor.id, from.living.id);
      set.settleTask('IDENTIFIERS_CONFLICT', survivor.id, from.living.id);
      set.settleTask('INS_DUPLICATE', ...pair(survivor.id, from.living.id));
    }
    // Identifiers that were never seen are kept as aliases: whatever names them later is about the survivor.
    const unseen = stated.filter((identifier) => !set.holder(identifier));
    set.claim(unseen, kept.id, true);
    set.keepPatient(change(kept, { identifiers: withIdentifiers(kept.identifiers, unseen) }), cause);
  }
}

/** Refused before anything of the message is applied. */
function refuseCycle(set: WorkingSet, { statement, retired }: IncomingAdt): void {
  const to = set.named(statement.identifiers);
  const from = set.named(retired);
  if (!to || !from) return;
  if (decideMerge({ survivor: to.path, retired: from.path }, to.living, from.living).kind !== 'cycle') return;
  throw new MessageRefused(
    '207',
    'MERGE_CYCLE',
    'Fusion en boucle : l’identité à conserver a déjà été fusionnée dans celle qui devrait disparaître. Corriger la GAM.',
    'MRG^1^1',
  );
}

/**
 * Who a message without any known identifier is about: the one living carrier of its INS whose traits agree, when the message
 * has nothing else to say who it is, or when that carrier is known by its INS alone (vouched by a document, design D7).
 */
function carrierOf(set: WorkingSet, { ins, traits, identifiers }: IdentityStatement): Named | undefined {
  if (!ins) return undefined;
  const carriers = set
    .carriers(ins)
    .filter((patient) => identifiers.length === 0 || patient.identifiers.length === 0)
    .filter((patient) => sameStrictTraits(patient.traits, traits).length === 0);
  const [only] = carriers;
  return only && carriers.length === 1 ? { path: [only.id], living: only } : undefined;
}

/** The identifiers that are the patient's or nobody's, and the other patients that the rest names. */
function split(
  set: WorkingSet,
  { identifiers }: IdentityStatement,
  patient: Patient,
): { mine: IdentityStatement['identifiers']; others: string[] } {
  const others = new Set<string>();
  const mine = identifiers.filter((identifier) => {
    const named = set.named([identifier]);
    if (!named || named.living.id === patient.id) return true;
    others.add(named.living.id);
    return false;
  });
  return { mine, others: [...others] };
}

/** Other living identities that are qualified with the INS of the message. */
function insRivals(set: WorkingSet, { ins }: IdentityStatement, known: Patient): Patient[] {
  if (!ins || (known.status === 'qualifiee' && sameIns(known.ins, ins))) return [];
  return set.carriers(ins).filter((patient) => patient.id !== known.id && patient.status === 'qualifiee');
}

const pair = (one: string, other: string): [string, string] => (one < other ? [one, other] : [other, one]);
