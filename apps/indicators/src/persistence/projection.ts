import type { EventEnvelope, PayloadOf, documentRecordedV1, patientChangedV1, stayChangedV1 } from '@pfi/contracts';
import type { Tx } from '@pfi/platform-postgres';

/** Every generation that events are written to: the live one, and the one being built. */
export const ACTIVE = `(SELECT id AS generation FROM generation WHERE state IN ('live', 'building')) AS g`;

export type PatientChanged = EventEnvelope<PayloadOf<typeof patientChangedV1>>;
export type StayChanged = EventEnvelope<PayloadOf<typeof stayChangedV1>>;
export type DocumentRecorded = EventEnvelope<PayloadOf<typeof documentRecordedV1>>;

/** What `documents` last said of a delivery. */
export interface DeliveryRequest {
  readonly owner: string;
  readonly sequence: number;
  readonly deliveryId: string;
  readonly documentId: string;
  readonly lineageId: string;
  readonly channel: string;
  /** Null = this event does not say. */
  readonly operation: string | null;
  /** Null = nothing is asked, nor was. */
  readonly state: 'requested' | 'held' | 'cancelled' | null;
  readonly reasons: readonly string[];
}

/** What a gateway last said of it. */
export interface DeliveryOutcome {
  readonly owner: string;
  readonly sequence: number;
  readonly deliveryId: string;
  readonly documentId: string;
  readonly lineageId: string;
  readonly channel: 'dmp' | 'mail';
  readonly kind: string;
  readonly at: string;
  readonly code: string | null;
  readonly status: string | null;
}

/**
 * Facts as other contexts say them, many at a time, one statement for each table. Versions and sequences decide, so events of
 * different topics may come in any order. Rows are written in id order, which is also the order in which they are locked.
 */
export class Projection {
  async patients(tx: Tx, events: readonly PatientChanged[]): Promise<void> {
    const patients = newest(
      events,
      ({ payload }) => payload.patientId,
      ({ payload }) => payload.version,
    );
    await tx.execute(
      `INSERT INTO patient AS known (generation, id, owner, version, ins_qualified, fictitious, opposed, deceased_on, birth_date, merged_into)
       SELECT g.generation, n.* FROM ${ACTIVE} CROSS JOIN
         unnest($1::uuid[], $2::text[], $3::int[], $4::bool[], $5::bool[], $6::bool[], $7::text[], $8::text[], $9::uuid[]) AS n
       ON CONFLICT (generation, id) DO UPDATE SET version = excluded.version, ins_qualified = excluded.ins_qualified,
         fictitious = excluded.fictitious, opposed = excluded.opposed, deceased_on = excluded.deceased_on,
         birth_date = excluded.birth_date, merged_into = excluded.merged_into
       WHERE known.version <= excluded.version`,
      [
        patients.map(({ payload }) => payload.patientId),
        patients.map(({ owner }) => owner),
        patients.map(({ payload }) => payload.version),
        patients.map(({ payload }) => payload.status === 'qualifiee' && payload.ins !== null),
        patients.map(({ payload }) => payload.fictitious),
        patients.map(({ payload }) => payload.dmpOpposition === 'opposed'),
        patients.map(({ payload: { deceasedOn } }) => (deceasedOn && isDay(deceasedOn) ? deceasedOn : null)),
        patients.map(({ payload: { traits } }) =>
          traits.birthDate && isDay(traits.birthDate) ? traits.birthDate : null,
        ),
        patients.map(({ payload }) => payload.mergedInto),
      ],
    );
  }

  async stays(tx: Tx, events: readonly StayChanged[]): Promise<void> {
    const stays = newest(
      events,
      ({ payload }) => payload.stayId,
      ({ payload }) => payload.version,
    );
    await tx.execute(
      `INSERT INTO stay AS known (generation, id, owner, establishment, authority, number, version, patient_id, unit, patient_class,
                                  state, admitted_at, ended_at, ended_by_death)
       SELECT g.generation, n.* FROM ${ACTIVE} CROSS JOIN
         unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::uuid[], $8::text[], $9::text[], $10::text[],
                $11::timestamptz[], $12::timestamptz[], $13::bool[]) AS n
       ON CONFLICT (generation, id) DO UPDATE SET establishment = excluded.establishment, version = excluded.version,
         patient_id = excluded.patient_id, unit = excluded.unit, patient_class = excluded.patient_class, state = excluded.state,
         admitted_at = excluded.admitted_at, ended_at = excluded.ended_at, ended_by_death = excluded.ended_by_death
       WHERE known.version <= excluded.version`,
      [
        stays.map(({ payload }) => payload.stayId),
        stays.map(({ owner }) => owner),
        stays.map(({ payload }) => payload.establishment),
        stays.map(({ payload }) => payload.authority),
        stays.map(({ payload }) => payload.number),
        stays.map(({ payload }) => payload.version),
        stays.map(({ payload }) => payload.patientId),
        stays.map(({ payload }) => payload.unit),
        stays.map(({ payload }) => payload.patientClass),
        stays.map(({ payload }) => payload.state),
        stays.map(({ payload }) => payload.admittedAt),
        stays.map(({ payload }) => payload.endedAt),
        stays.map(({ payload }) => payload.endedByDeath ?? false),
      ],
    );
  }

  /** A repeat of a document keeps the stay that was found for its number. */
  async documents(tx: Tx, events: readonly DocumentRecorded[]): Promise<void> {
    const documents = newest(
      events,
      ({ payload }) => payload.documentId,
      ({ sequence }) => sequence,
    );
    await tx.execute(
      `INSERT INTO document AS known (generation, id, owner, establishment, lineage_id, version, type_code, source, stay_authority,
                                      stay_number, received_at)
       SELECT g.generation, n.* FROM ${ACTIVE} CROSS JOIN
         unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[],
                $10::timestamptz[]) AS n
       ON CONFLICT (generation, id) DO UPDATE SET establishment = excluded.establishment, type_code = excluded.type_code,
         stay_authority = excluded.stay_authority, stay_number = excluded.stay_number,
         stay_id = CASE WHEN (known.stay_authority, known.stay_number)
                             IS NOT DISTINCT FROM (excluded.stay_authority, excluded.stay_number) THEN known.stay_id END`,
      [
        documents.map(({ payload }) => payload.documentId),
        documents.map(({ owner }) => owner),
        documents.map(({ payload }) => payload.establishment),
        documents.map(({ payload }) => payload.lineageId),
        documents.map(({ payload }) => payload.version),
        documents.map(({ payload }) => payload.typeCode),
        documents.map(({ payload }) => payload.source),
        documents.map(({ payload }) => payload.stay?.authority ?? null),
        documents.map(({ payload }) => payload.stay?.number ?? null),
        documents.map(({ payload }) => payload.receivedAt),
      ],
    );
  }

  async requests(tx: Tx, requests: readonly DeliveryRequest[]): Promise<void> {
    const deliveries = newest(
      requests,
      ({ deliveryId }) => deliveryId,
      ({ sequence }) => sequence,
    );
    await tx.execute(
      `INSERT INTO delivery AS known (generation, id, owner, document_id, lineage_id, channel, operation, request_state,
                                      request_reasons, request_sequence)
       SELECT g.generation, n.id, n.owner, n.document_id, n.lineage_id, n.channel, coalesce(n.operation, 'send'), n.state,
              ARRAY(SELECT jsonb_array_elements_text(n.reasons)), n.sequence
       FROM ${ACTIVE} CROSS JOIN unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::jsonb[],
         $9::bigint[]) AS n (id, owner, document_id, lineage_id, channel, operation, state, reasons, sequence)
       ON CONFLICT (generation, id) DO UPDATE SET channel = excluded.channel,
         operation = CASE WHEN excluded.operation = 'send' THEN known.operation ELSE excluded.operation END,
         request_state = excluded.request_state, request_reasons = excluded.request_reasons,
         request_sequence = excluded.request_sequence
       WHERE coalesce(known.request_sequence, 0) <= excluded.request_sequence`,
      [
        ...columnsOf(deliveries),
        deliveries.map(({ channel }) => channel),
        deliveries.map(({ operation }) => operation),
        deliveries.map(({ state }) => state),
        deliveries.map(({ reasons }) => JSON.stringify(reasons)),
        deliveries.map(({ sequence }) => sequence),
      ],
    );
  }

  async outcomes(tx: Tx, outcomes: readonly DeliveryOutcome[]): Promise<void> {
    const deliveries = newest(
      outcomes,
      ({ deliveryId }) => deliveryId,
      ({ sequence }) => sequence,
    );
    await tx.execute(
      `INSERT INTO delivery AS known (generation, id, owner, document_id, lineage_id, channel, operation, outcome_kind, outcome_at,
                                      outcome_code, outcome_status, outcome_sequence)
       SELECT g.generation, n.id, n.owner, n.document_id, n.lineage_id, n.channel,
              CASE n.kind WHEN 'withdrawn' THEN 'withdraw' ELSE 'send' END, n.kind, n.at, n.code, n.status, n.sequence
       FROM ${ACTIVE} CROSS JOIN unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[],
         $8::text[], $9::text[], $10::bigint[]) AS n (id, owner, document_id, lineage_id, channel, kind, at, code, status, sequence)
       ON CONFLICT (generation, id) DO UPDATE SET outcome_kind = excluded.outcome_kind, outcome_at = excluded.outcome_at,
         outcome_code = excluded.outcome_code, outcome_status = excluded.outcome_status, outcome_sequence = excluded.outcome_sequence
       WHERE coalesce(known.outcome_sequence, 0) <= excluded.outcome_sequence`,
      [
        ...columnsOf(deliveries),
        deliveries.map(({ channel }) => channel),
        deliveries.map(({ kind }) => kind),
        deliveries.map(({ at }) => at),
        deliveries.map(({ code }) => code),
        deliveries.map(({ status }) => status),
        deliveries.map(({ sequence }) => sequence),
      ],
    );
  }
}

const columnsOf = (
  deliveries: readonly Pick<DeliveryRequest, 'deliveryId' | 'owner' | 'documentId' | 'lineageId'>[],
): unknown[] => [
  deliveries.map(({ deliveryId }) => deliveryId),
  deliveries.map(({ owner }) => owner),
  deliveries.map(({ documentId }) => documentId),
  deliveries.map(({ lineageId }) => lineageId),
];

/** `YYYY-MM-DD`; a death whose day is not known has another text. */
const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text);

/** The newest of each id, by rank then by place, in id order. */
function newest<T>(all: readonly T[], id: (one: T) => string, rank: (one: T) => number): T[] {
  const kept = new Map<string, T>();
  for (const one of all) {
    const known = kept.get(id(one));
    if (!known || rank(known) <= rank(one)) kept.set(id(one), one);
  }
  return [...kept].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
