import type { EventEnvelope, PayloadOf, identityVouchedV1 } from '@pfi/contracts';
import { parseIns, sameStrictTraits } from '@pfi/health';
import { vouch, type Patient, type VouchedIdentity } from '@pfi/identity-core';
import type { Tx } from '@pfi/platform-postgres';
import { v7 as uuidV7 } from 'uuid';
import type { Cause } from './cause.js';
import type { WorkingSet } from './working-set.js';
import type { WorkingSetLoader } from './working-set.loader.js';
import type { WorkingSetWriter } from './working-set.writer.js';

type Vouched = EventEnvelope<PayloadOf<typeof identityVouchedV1>>;

/** Matches vouched identities to patients of their domain, or creates them (design D7). */
export class VouchedIdentities {
  constructor(
    private readonly loader: WorkingSetLoader,
    private readonly writer: WorkingSetWriter,
  ) {}

  async apply(tx: Tx, events: readonly Vouched[]): Promise<void> {
    for (const [domain, group] of Map.groupBy(events, (event) => event.payload.domain)) {
      const set = await this.loader.load(tx, domain, {
        identifiers: group.flatMap(({ payload }) => payload.identifiers),
        retired: [],
        ins: group.map(({ payload }) => payload.ins),
        stays: [],
      });
      for (const event of group) applyOne(set, event);
      await this.writer.write(tx, set);
    }
  }
}

function applyOne(set: WorkingSet, event: Vouched): void {
  const { payload } = event;
  const identity: VouchedIdentity = { ...payload, ins: parseIns(payload.ins.matricule, payload.ins.oid) };
  const cause: Cause = {
    event: 'identity-vouched',
    source: payload.source,
    messageId: null,
    at: new Date(event.time),
    traceparent: event.traceparent,
  };
  const known = knownPatient(set, identity) ?? set.newPatient(uuidV7());
  const rival = set.carriers(identity.ins).find((patient) => patient.id !== known.id && patient.status === 'qualifiee');
  const decision = vouch(known, mine(set, identity, known));
  if (decision.kind === 'review') {
    set.openTask('VOUCH_CONFLICT', known.id, payload.documentId);
    return;
  }
  if (rival && sameStrictTraits(rival.traits, identity.traits).length > 0) {
    set.openTask('VOUCH_CONFLICT', rival.id, payload.documentId);
    return;
  }
  const patient = set.keepPatient(decision, cause);
  set.claim(decision.patient.identifiers, patient.id);
  if (rival) set.openTask('INS_DUPLICATE', ...([rival.id, patient.id].sort() as [string, string]));
}

/** By local identifiers, merges followed; else the living carrier of the INS, those whose traits agree first. */
function knownPatient(set: WorkingSet, { identifiers, ins, traits }: VouchedIdentity): Patient | undefined {
  const named = set.named(identifiers);
  if (named) return named.living;
  const carriers = set.carriers(ins);
  return carriers.find((patient) => sameStrictTraits(patient.traits, traits).length === 0) ?? carriers[0];
}

/** Without the identifiers that name somebody else. */
const mine = (set: WorkingSet, identity: VouchedIdentity, known: Patient): VouchedIdentity => ({
  ...identity,
  identifiers: identity.identifiers.filter((identifier) => {
    const named = set.named([identifier]);
    return !named || named.living.id === known.id;
  }),
});
