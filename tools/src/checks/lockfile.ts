import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure, success, sum } from '../tally.js';
import type { Tally } from '../tally.js';
import { workspaceRoot } from '../workspace.js';

type Dependencies = Readonly<Record<string, string>>;

interface Manifest {
  readonly dependencies?: Dependencies;
  readonly devDependencies?: Dependencies;
  readonly optionalDependencies?: Dependencies;
}

interface Lockfile {
  readonly packages: Readonly<
    Record<
      string,
      { readonly resolved?: string; readonly link?: boolean; readonly integrity?: string; readonly inBundle?: boolean }
    >
  >;
}

const EXACT = /^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+[\w.+-]*$/;

/** The lockfile ties packages to hashes and to no registry; manifests ask for exact versions. */
export function checkLockfile(root: string = workspaceRoot): Tally {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile;
  const installed = Object.entries(packages).filter(([path, { link }]) => path.startsWith('node_modules/') && !link);
  const addressed = installed.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path);
  const unhashed = installed.filter(([, entry]) => !entry.integrity && !entry.inBundle).map(([path]) => path);
  const patterns = [
    'package.json',
    'apps/*/package.json',
    'libs/*/package.json',
    'libs/platform/*/package.json',
    'tools/package.json',
  ];
  const loose = globSync(patterns, { cwd: root }).flatMap((path) =>
    looseVersions(JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest).map((line) => `${path}: ${line}`),
  );
  return sum([
    none('package-lock.json names registry addresses', addressed),
    none('package-lock.json lacks integrity hashes', unhashed),
    none('versions that are not exact', loose),
  ]);
}

export function looseVersions(manifest: Manifest): string[] {
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  return Object.entries(all).flatMap(([name, version]) => (EXACT.test(version) ? [] : [`${name} ${version}`]));
}

function none(what: string, found: readonly string[]): Tally {
  if (found.length === 0) return success;
  const more = found.length > 5 ? `, and ${found.length - 5} more` : '';
  return failure(`${what}: ${found.slice(0, 5).join(', ')}${more}`);
}
