import { TASKS, type TaskCode } from '@pfi/identity-core';
import { PfiError } from '@pfi/health';
import type { RowPosition } from '@pfi/platform-http';
import type { Tx } from '@pfi/platform-postgres';
import { ownerOfDomain } from '@pfi/platform-settings';
import { v7 as uuidV7 } from 'uuid';

export interface TaskToOpen {
  readonly code: TaskCode;
  readonly patientId: string | null;
  /** Another patient's id, a unit, a stay number; empty when the patient says it all. */
  readonly subject: string;
}

/** A task as the API shows it. */
export interface Task {
  readonly id: string;
  readonly domain: string;
  readonly code: string;
  readonly text: string;
  readonly patientId: string | null;
  readonly subject: string;
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly closedBy: string | null;
}

export interface TaskFilter {
  readonly state?: 'open' | 'closed' | undefined;
  readonly code?: string | undefined;
  readonly patient?: string | undefined;
  readonly after?: RowPosition | undefined;
  readonly limit: number;
}

const INSTANT = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;
const COLUMNS = `id, substr(owner, 5) AS domain, code, text, patient_id AS "patientId", subject,
  to_char(opened_at AT TIME ZONE 'UTC', ${INSTANT}) AS "openedAt", to_char(closed_at AT TIME ZONE 'UTC', ${INSTANT}) AS "closedAt",
  closed_by AS "closedBy"`;

/** What the identity cell has to do. A task that is open already is not opened twice. */
export class TaskRepository {
  open(tx: Tx, domain: string, tasks: readonly TaskToOpen[], at: Date): void {
    if (tasks.length === 0) return;
    tx.send(
      `INSERT INTO task (id, owner, code, text, patient_id, subject, opened_at)
       SELECT id, $1, code, text, patient_id, subject, $7::timestamptz
       FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[]) AS n (id, code, text, patient_id, subject)
       ORDER BY code, patient_id, subject
       ON CONFLICT DO NOTHING`,
      [
        ownerOfDomain(domain),
        tasks.map(() => uuidV7()),
        tasks.map((t) => t.code),
        tasks.map((t) => TASKS[t.code]),
        tasks.map((t) => t.patientId),
        tasks.map((t) => t.subject),
        at,
      ],
    );
  }

  /** Closes what a newer message settled. An empty subject closes every task of this code and patient. */
  settle(tx: Tx, tasks: readonly TaskToOpen[], at: Date): void {
    if (tasks.length === 0) return;
    tx.send(
      `UPDATE task t SET closed_at = $4, closed_by = 'identity'
       FROM unnest($1::text[], $2::uuid[], $3::text[]) AS n (code, patient_id, subject)
       WHERE t.closed_at IS NULL AND t.code = n.code AND t.patient_id = n.patient_id AND (n.subject = '' OR t.subject = n.subject)`,
      [tasks.map((t) => t.code), tasks.map((t) => t.patientId), tasks.map((t) => t.subject), at],
    );
  }

  /** By a person. Raises TASK_UNKNOWN; a closed task stays as it is. */
  async close(tx: Tx, id: string, by: string, at: Date): Promise<Task> {
    await tx.execute(`UPDATE task SET closed_at = $2, closed_by = $3 WHERE id = $1 AND closed_at IS NULL`, [
      id,
      at,
      by,
    ]);
    const [task] = await tx.query<Task>(`SELECT ${COLUMNS} FROM task WHERE id = $1`, [id]);
    if (!task) throw new PfiError('TASK_UNKNOWN', 'not-found', 'Cette tâche n’existe pas.');
    return task;
  }

  /** Newest first. */
  async list(tx: Tx, filter: TaskFilter): Promise<Task[]> {
    return tx.query<Task>(
      `SELECT ${COLUMNS} FROM task
       WHERE ($1::text IS NULL OR (closed_at IS NULL) = ($1 = 'open')) AND ($2::text IS NULL OR code = $2)
         AND ($3::uuid IS NULL OR patient_id = $3) AND ($4::timestamptz IS NULL OR (opened_at, id) < ($4, $5::uuid))
       ORDER BY opened_at DESC, id DESC LIMIT $6`,
      [
        filter.state ?? null,
        filter.code ?? null,
        filter.patient ?? null,
        filter.after?.at ?? null,
        filter.after?.id ?? null,
        filter.limit,
      ],
    );
  }
}
