import { unitSchema, type Unit } from './ght.schema.js';
import type { PathProblem } from './references.js';

const COLUMNS = ['code', 'establishment', 'field', 'surgical', 'from', 'to'] as const;

/** Reads the CSV of units: `;` between columns, a header line, `oui`/`non` or `true`/`false` for `surgical`. */
export function readUnits(
  name: string | undefined,
  read: ((name: string) => string) | undefined,
): { units: Unit[]; problems: PathProblem[] } {
  if (name === undefined) return { units: [], problems: [] };
  let text: string;
  try {
    if (!read) throw new Error('no reader');
    text = read(name);
  } catch {
    return { units: [], problems: [{ path: ['unitsFile'], textFr: `fichier ${name} absent ou illisible` }] };
  }
  const [head, ...rows] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (head?.trim() !== COLUMNS.join(';')) {
    const textFr = `la première ligne de ${name} doit être ${COLUMNS.join(';')}`;
    return { units: [], problems: [{ path: ['unitsFile'], textFr }] };
  }
  const units: Unit[] = [];
  const problems: PathProblem[] = [];
  rows.forEach((row, index) => {
    if (row.trim() === '') return;
    const result = unitSchema.safeParse(unitOf(row.split(';').map((cell) => cell.trim())));
    if (result.success) units.push(result.data);
    else {
      for (const issue of result.error.issues) {
        const column = String(issue.path[0] ?? 'colonne en trop');
        problems.push({ path: ['unitsFile'], textFr: `${name}, ligne ${index + 2}, ${column} : ${issue.message}` });
      }
    }
  });
  return { units, problems };
}

function unitOf(cells: readonly string[]): Record<string, unknown> {
  const unit: Record<string, unknown> = {};
  COLUMNS.forEach((column, index) => {
    const cell = cells[index];
    if (cell !== undefined && cell !== '') unit[column] = cell;
  });
  if (unit['surgical'] !== undefined) {
    const truth: Readonly<Record<string, boolean>> = { oui: true, true: true, non: false, false: false };
    unit['surgical'] = truth[String(unit['surgical'])] ?? unit['surgical'];
  }
  return unit;
}
