import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { findSuites } from './suites.js';

const root = mkdtempSync(join(tmpdir(), 'pfi-suites-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

describe('the suites of a workspace', () => {
  it('are found by their files, each kind apart, with whether their target is declared', () => {
    write('libs/cda/package.json', JSON.stringify({ nx: { name: 'cda', targets: { test: {} } } }));
    write('libs/cda/src/reader.spec.ts');
    write('libs/cda/src/deep/er/writer.spec.ts');
    write('libs/cda/test/samples.official.spec.ts');
    write('libs/cda/dist/reader.spec.ts');
    write('libs/xds/package.json', JSON.stringify({ nx: { name: 'xds', targets: { test: {} } } }));
    expect(findSuites(root)).toEqual([
      { project: 'cda', folder: 'libs/cda', kind: 'unit', files: 2, declared: true },
      { project: 'cda', folder: 'libs/cda', kind: 'official', files: 1, declared: false },
    ]);
  });
});
