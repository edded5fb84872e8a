import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mavenJars } from '../stack/maven-jars.js';
import { cacheDir, readSettings } from '../stack/settings.js';
import { workspaceRoot } from '../workspace.js';

const run = promisify(execFile);

/**
 * What veraPDF says of these files as PDF/A-1b: one line each, `valid <name> []` or `invalid <name> [failed clauses]`.
 * Its jars come through Maven the first time.
 */
export async function judgePdfA(files: readonly string[]): Promise<string[]> {
  const { classPath } = await mavenJars('verapdf', cacheDir(readSettings()), () => undefined);
  const source = join(workspaceRoot, 'tools', 'verapdf', 'Judge.java');
  const { stdout } = await run('java', ['-Xmx512m', '-cp', classPath, source, ...files], { timeout: 180_000 });
  return stdout.trim().split('\n');
}
