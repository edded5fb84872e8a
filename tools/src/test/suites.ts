import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { workspaceRoot } from '../workspace.js';

/** Kinds of test, each an Nx target of its own. */
export const kinds = {
  unit: { target: 'test', pattern: /(?<!\.(integration|e2e|official|peers))\.spec\.ts$/ },
  integration: { target: 'test:integration', pattern: /\.integration\.spec\.ts$/ },
  official: { target: 'test:official', pattern: /\.official\.spec\.ts$/ },
  peers: { target: 'test:peers', pattern: /\.peers\.spec\.ts$/ },
  e2e: { target: 'e2e', pattern: /\.e2e\.spec\.ts$/ },
} as const;
export type Kind = keyof typeof kinds;

/** One kind of tests of one project. */
export interface Suite {
  readonly project: string;
  readonly folder: string;
  readonly kind: Kind;
  readonly files: number;
  /** whether the project declares the target; without it Nx would pass over these tests silently */
  readonly declared: boolean;
}

interface Manifest {
  readonly nx?: { readonly name?: string; readonly targets?: Readonly<Record<string, unknown>> };
}

/** Every suite that has files, found on the disk and not in Nx, so that none can be forgotten. */
export function findSuites(root: string = workspaceRoot): Suite[] {
  const manifests = globSync(
    [
      'apps/*/package.json',
      'apps/*/*/package.json',
      'libs/*/package.json',
      'libs/platform/*/package.json',
      'tools/package.json',
    ],
    {
      cwd: root,
    },
  );
  return manifests.sort().flatMap((path) => {
    const manifest = JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest;
    const folder = dirname(path);
    const files = globSync('{src,test}/**/*.spec.ts', { cwd: join(root, folder) });
    return (Object.keys(kinds) as Kind[]).flatMap((kind) => {
      const count = files.filter((file) => kinds[kind].pattern.test(file)).length;
      if (count === 0) return [];
      const project = manifest.nx?.name ?? folder;
      const declared = manifest.nx?.targets !== undefined && kinds[kind].target in manifest.nx.targets;
      return [{ project, folder, kind, files: count, declared }];
    });
  });
}

/** Where Nx leaves, or restores from its cache, the result of a suite. */
export function resultFile(suite: Pick<Suite, 'project' | 'kind'>, root: string = workspaceRoot): string {
  return join(root, '.pfi', 'test-results', `${suite.project}.${suite.kind}.json`);
}

export const hasResult = (suite: Suite): boolean => existsSync(resultFile(suite));
