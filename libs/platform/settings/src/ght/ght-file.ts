import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { SettingsError } from '../settings.errors.js';
import { ghtSchema, type GhtFile } from './ght.schema.js';
import { replacePlaceholders } from './placeholders.js';
import { referenceProblems, type PathProblem } from './references.js';
import { readUnits } from './units-file.js';

export interface GhtFileOptions {
  /** Variables for `${PFI_NAME:-default}`; the process's own by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** Reads the file that `unitsFile` names. */
  readonly readUnitsFile?: (name: string) => string;
}

/**
 * Reads, completes and checks the GHT file.
 * @throws SettingsError GHT_FILE_INVALID with every problem of the file, each with its line and YAML path.
 */
export function loadGhtFile(path: string, env: NodeJS.ProcessEnv = process.env): GhtFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new SettingsError('GHT_FILE_INVALID', 'Fichier du GHT illisible.', [
      `${path} : fichier absent ou illisible (variable PFI_GHT_FILE)`,
    ]);
  }
  return parseGhtFile(text, { env, readUnitsFile: (name) => readFileSync(resolve(dirname(path), name), 'utf8') });
}

/**
 * Same as `loadGhtFile`, from the text of a file.
 * @throws SettingsError GHT_FILE_INVALID
 */
export function parseGhtFile(text: string, options: GhtFileOptions = {}): GhtFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number) => lines.linePos(offset).line;
  refuse(
    document.errors.map((error) => ({ line: at(error.pos[0]), text: `YAML illisible : ${firstLine(error.message)}` })),
  );
  refuse(
    replacePlaceholders(document, options.env ?? process.env).map(({ offset, textFr }) => ({
      line: at(offset),
      text: textFr,
    })),
  );
  const located = (problem: PathProblem): LocatedProblem => {
    const offset = offsetOf(document, problem.path);
    return {
      ...(offset === undefined ? {} : { line: at(offset) }),
      text: problem.path.length === 0 ? problem.textFr : `${pathText(problem.path)} : ${problem.textFr}`,
    };
  };
  const result = ghtSchema.safeParse(document.toJS({ maxAliasCount: 100 }), { error: french });
  if (!result.success) {
    refuse(result.error.issues.flatMap(problemsOf).map(located));
    throw result.error;
  }
  const { units, problems } = readUnits(result.data.unitsFile, options.readUnitsFile);
  const file: GhtFile = { ...result.data, units: [...result.data.units, ...units] };
  refuse([...problems, ...referenceProblems(file)].map(located));
  return file;
}

interface LocatedProblem {
  readonly line?: number;
  readonly text: string;
}

function refuse(problems: readonly LocatedProblem[]): void {
  if (problems.length === 0) return;
  const sorted = [...problems].sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
  throw new SettingsError(
    'GHT_FILE_INVALID',
    `Fichier du GHT refusé : ${problems.length === 1 ? 'une erreur' : `${problems.length} erreurs`}.`,
    [...new Set(sorted.map(({ line, text }) => (line === undefined ? text : `ligne ${line} : ${text}`)))],
  );
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

function french(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return issue.input === undefined ? 'valeur absente' : undefined;
  return undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'un groupe de clés',
  array: 'une liste',
  string: 'un texte',
  number: 'un nombre',
  int: 'un nombre entier',
  boolean: 'true ou false',
};

function problemsOf(issue: z.core.$ZodIssue): PathProblem[] {
  const path = issue.path as (string | number)[];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((name) => ({ path: [...path, name], textFr: 'clé inconnue' }));
    case 'too_small':
      return [{ path, textFr: issue.message.startsWith('Too') ? `au moins ${issue.minimum} attendu` : issue.message }];
    case 'too_big':
      return [{ path, textFr: issue.message.startsWith('Too') ? `au plus ${issue.maximum} attendu` : issue.message }];
    case 'invalid_type':
      return [
        {
          path,
          textFr: issue.message.startsWith('Invalid')
            ? `attendu : ${TYPES[issue.expected] ?? issue.expected}`
            : issue.message,
        },
      ];
    default:
      return [{ path, textFr: issue.message }];
  }
}

/** Where a path stands in the text: its own node, else the nearest parent that exists. */
function offsetOf(document: Document, path: readonly (string | number)[]): number | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}

function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}
