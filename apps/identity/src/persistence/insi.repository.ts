import type { CertifiedIdentity } from '@pfi/identity-core';
import type { RowPosition } from '@pfi/platform-http';
import type { Tx } from '@pfi/platform-postgres';
import { v7 as uuidV7 } from 'uuid';

export interface InsiCall {
  readonly owner: string;
  readonly patientId: string;
  readonly legalEntity: string;
  readonly question: number;
  readonly outcome: 'found' | 'none' | 'many' | 'other' | 'fault' | 'unreached';
  readonly code: string | null;
  readonly durationMs: number;
  readonly at: Date;
}

/** A call as the API shows it. */
export interface InsiCallView extends Omit<InsiCall, 'at' | 'owner'> {
  readonly id: string;
  readonly at: string;
}

export interface InsiProposal extends CertifiedIdentity {
  readonly owner: string;
  readonly at: Date;
}

/** The call log of the INSi teleservice, and its proposals. */
export class InsiRepository {
  async log(tx: Tx, calls: readonly InsiCall[]): Promise<void> {
    if (calls.length === 0) return;
    await tx.execute(
      `INSERT INTO insi_call (id, owner, patient_id, legal_entity, question, outcome, code, duration_ms, at)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::int[], $6::text[], $7::text[], $8::int[], $9::timestamptz[])`,
      [
        calls.map(() => uuidV7()),
        calls.map((call) => call.owner),
        calls.map((call) => call.patientId),
        calls.map((call) => call.legalEntity),
        calls.map((call) => call.question),
        calls.map((call) => call.outcome),
        calls.map((call) => call.code),
        calls.map((call) => call.durationMs),
        calls.map((call) => call.at),
      ],
    );
  }

  async propose(tx: Tx, owner: string, patientId: string, { ins, traits }: CertifiedIdentity, at: Date): Promise<void> {
    await tx.execute(
      `INSERT INTO insi_proposal (patient_id, owner, ins_matricule, ins_oid, traits, at) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (patient_id) DO UPDATE SET ins_matricule = excluded.ins_matricule, ins_oid = excluded.ins_oid,
         traits = excluded.traits, at = excluded.at`,
      [patientId, owner, ins.matricule, ins.oid, JSON.stringify(traits), at],
    );
  }

  async proposalOf(tx: Tx, patientId: string): Promise<InsiProposal | undefined> {
    const [row] = await tx.query<InsiProposal['ins'] & Omit<InsiProposal, 'ins'>>(
      `SELECT owner, ins_matricule AS matricule, ins_oid AS oid, traits, at FROM insi_proposal WHERE patient_id = $1`,
      [patientId],
    );
    if (!row) return undefined;
    const { matricule, oid, ...rest } = row;
    return { ...rest, ins: { matricule, oid } };
  }

  /** Newest first. */
  async calls(
    tx: Tx,
    filter: {
      readonly patient?: string | undefined;
      readonly after?: RowPosition | undefined;
      readonly limit: number;
    },
  ): Promise<InsiCallView[]> {
    return tx.query<InsiCallView>(
      `SELECT id, patient_id AS "patientId", legal_entity AS "legalEntity", question, outcome, code,
         duration_ms AS "durationMs", to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at
       FROM insi_call
       WHERE ($1::uuid IS NULL OR patient_id = $1) AND ($2::timestamptz IS NULL OR (at, id) < ($2, $3::uuid))
       ORDER BY insi_call.at DESC, id DESC LIMIT $4`,
      [filter.patient ?? null, filter.after?.at ?? null, filter.after?.id ?? null, filter.limit],
    );
  }
}
