import { existsSync, readFileSync } from 'node:fs';

const LENGTH = 400;

/** The lines of a log's end that tell why a process ended: not its stack, not Node's farewell. */
export function excerpt(logFile: string): string {
  if (!existsSync(logFile)) return 'it wrote nothing';
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-40);
  const telling = lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(at |\^|\}|Node\.js v)/.test(line));
  const error = telling.findLastIndex((line) => /\b\w*(Error|Fault|Exception)\b/.test(line));
  const chosen = error >= 0 ? telling.slice(error, error + 2) : telling.slice(-3);
  return chosen.join(' | ').slice(0, LENGTH);
}
