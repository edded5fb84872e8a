import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { StackFault } from '../../stack/stack-fault.js';
import { workspaceRoot } from '../../workspace.js';

/** Where the corpus stands: one folder a door. */
export const corpusFolder = join(workspaceRoot, 'tools', 'corpus');

export const doors = ['mllp-documents', 'mllp-identity', 'mllp-tls', 'rest', 'console', 'mailbox'] as const;
export type DoorName = (typeof doors)[number];

const caseSchema = z.strictObject({
  what: z.string().min(5),
  /** Its bytes when they are not in the file of the same name; relative to the folder of the door. */
  bytes: z.string().optional(),
  /** `framed` (default): an MLLP envelope is put around the bytes. `raw`: they are written as they are. */
  sent: z.enum(['framed', 'raw']).default('framed'),
  /** Of the written file, which has LF: CR for HL7, CRLF for requests and mails, unless said. */
  lineEnd: z.enum(['cr', 'lf', 'crlf']).optional(),
  /** The whole is written anew in this character set. */
  charset: z.enum(['latin1', 'utf16le']).optional(),
  /** Shown at a TLS door, `own` by default: another application's, another authority's, none; or no TLS at all. */
  certificate: z.enum(['none', 'own', 'stranger', 'foreign', 'clear']).optional(),
  /** The one right answer: see the README. */
  expect: z.string(),
  /** ERR-2 of an acknowledgement. */
  location: z.string().optional(),
  /** What `patients/search` by IPP then knows as birth name: taken as data, not as syntax. */
  birthName: z.string().optional(),
  /** ms; what takes longer hangs. */
  withinMs: z.number().int().positive().default(2_000),
  /** Played once in a run, not in every round: big, or slow by nature. */
  once: z.boolean().default(false),
});

/** One bad input, with its one right answer. */
export interface Case extends z.output<typeof caseSchema> {
  /** `B-11-no-pid-3` */
  readonly id: string;
  readonly door: DoorName;
  /** Template of its bytes. */
  readonly file: string;
}

/** Every case of the corpus, by door and name. @throws StackFault naming the file that is not right */
export function readCorpus(folder: string = corpusFolder): Case[] {
  return doors.flatMap((door) => {
    const files = readdirSync(join(folder, door)).toSorted();
    return files.filter((name) => name.endsWith('.json')).map((name) => readCase(folder, door, name, files));
  });
}

function readCase(folder: string, door: DoorName, name: string, files: readonly string[]): Case {
  const id = basename(name, '.json');
  const parsed = caseSchema.safeParse(JSON.parse(readFileSync(join(folder, door, name), 'utf8')));
  if (!parsed.success) throw new StackFault(`${door}/${name}: ${z.prettifyError(parsed.error)}`);
  const own = files.find((file) => file.startsWith(`${id}.`) && file !== name);
  const bytes = parsed.data.bytes ?? own;
  if (!bytes) throw new StackFault(`${door}/${name}: no file holds its bytes`);
  return { ...parsed.data, id, door, file: join(folder, door, bytes) };
}
