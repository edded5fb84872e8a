import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mavenJars } from '../stack/maven-jars.js';
import { cacheDir, readSettings } from '../stack/settings.js';
import { workspaceRoot } from '../workspace.js';

const run = promisify(execFile);

/**
 * What the JDK's validator says of these files by the ebXML RegRep 3.0 schemas, as published with IHE XDS: one line each,
 * `valid <name>` or `invalid <name> <reason>`. The jar that holds the schemas comes through Maven the first time.
 */
export async function judgeSubmissions(files: readonly string[]): Promise<string[]> {
  const { classPath } = await mavenJars('ihe-xds', cacheDir(readSettings()), () => undefined);
  const source = join(workspaceRoot, 'tools', 'ihe-xds', 'Judge.java');
  const { stdout } = await run('java', ['-Xmx256m', '-cp', classPath, source, ...files], { timeout: 120_000 });
  return stdout.trim().split('\n');
}
