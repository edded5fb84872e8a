import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Canaries } from '../canary/canaries.js';
import { CanaryScan } from '../canary/forms.js';
import { corpusFolder, readCorpus } from './case.js';
import { expandFile, type Values } from './template.js';
import { caseValues } from './values.js';

const canaries = new Canaries(99);
const anyToken = new Proxy({}, { get: (_all, name) => (/^(token|known)/.test(String(name)) ? 'x' : undefined) });
const values = (): Values => ({ ...caseValues(canaries.patient({ name: 'CHU-BRUME', oid: '2.999.1.1' })) });

describe('the corpus', () => {
  const cases = readCorpus();
  const readme = readFileSync(join(corpusFolder, 'README.md'), 'utf8');

  it.each(cases)('$door $id can be written, and stands in the table', ({ file, id, door, expect: answer }) => {
    const own = values();
    const all = new Proxy(own, {
      get: (known, name) => known[String(name)] ?? (Reflect.get(anyToken, name) as string),
    });
    expect(expandFile(file, all, '\r').length).toBeGreaterThan(0);
    const rows = readme.slice(readme.indexOf(`### ${door}\n`)).split('\n');
    const row = rows.find((line) => line.startsWith(`| ${id} `)) ?? '';
    expect(row).toContain(`| ${answer}`);
  });

  it('speaks of patients of this run alone, where it speaks of patients', () => {
    const scan = new CanaryScan(canaries.markers);
    const letters = cases.filter(({ file, once }) => !once && file.endsWith('.hl7') && !/MSH|tls/.test(file));
    const silent = letters.filter(
      ({ file }) => scan.leaks(expandFile(file, values(), '\r').toString('latin1')).length === 0,
    );
    expect(silent.map(({ id }) => id).filter((id) => !/B-02|B-05|B-08|B-09/.test(id))).toEqual([]);
  });
});
