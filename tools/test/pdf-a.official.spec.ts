import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeCdaForTests } from '@pfi/cda/testing';
import { renderCda } from '@pfi/rendition';
import { judgePdfA } from '../src/verapdf/pdf-a-judge.js';

const reference = process.env['PFI_REFERENCE_DIR'];
if (reference === undefined) throw new Error('PFI_REFERENCE_DIR must name the folder of the official samples');
const samples = join(reference, 'cda', 'ExemplesCDA');

const NARRATIVE = `accents é à ç œ, 5 € &amp; &lt;signes&gt; µ ≤ ± Ω<br/>
  <paragraph>un <content styleCode="Bold">gras</content> <content styleCode="Italics">italique</content>
    <content styleCode="BoldItalics Underline">souligné</content> <linkHtml href="https://a.fr">lien</linkHtml></paragraph>
  <list listType="ordered"><caption>liste</caption><item>un</item><item>deux<list><item>dedans</item></list></item></list>
  <table border="1"><caption>tableau</caption><thead><tr><th colspan="2">tête</th></tr></thead><tbody>
    ${'<tr><td rowspan="1">10<sup>9</sup>/L</td><td>H<sub>2</sub>O</td></tr>'.repeat(200)}</tbody></table>
  <paragraph>${'x'.repeat(3_000)}</paragraph><renderMultiMedia referencedObject="absent"/> caractère sans dessin : 漢 😀`;

/** A document with every element of a narrative, and a title that XML must escape. */
const everything = Buffer.from(
  writeCdaForTests('N3', { title: 'Lettre <urgente> & « suites »' })
    .toString()
    .replace(/<text><table[\s\S]*?<\/text>/, () => `<text>${NARRATIVE}</text>`),
);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pfi-pdf-a-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function drawn(name: string, cda: Buffer): Promise<string> {
  const file = join(folder, `${name}.pdf`);
  await writeFile(file, await renderCda(cda));
  return file;
}

describe('a drawn document, judged by veraPDF', () => {
  it('is a valid PDF/A-1b: every structured official sample, and every element of a narrative', async () => {
    const files = [await drawn('everything', everything)];
    for (const name of await readdir(samples)) {
      const bytes = await readFile(join(samples, name));
      if (bytes.includes('<structuredBody')) files.push(await drawn(name, bytes));
    }
    expect(files.length).toBeGreaterThanOrEqual(12);
    expect((await judgePdfA(files)).filter((line) => !line.startsWith('valid '))).toEqual([]);
  }, 240_000);

  it('would be found invalid if it were not', async () => {
    const file = join(folder, 'plain.pdf');
    const bytes = await renderCda(everything);
    await writeFile(
      file,
      Buffer.from(bytes.toString('latin1').replace('pdfaid:conformance>B', 'pdfaid:conformance>X'), 'latin1'),
    );
    expect(await judgePdfA([file])).toEqual([expect.stringMatching(/^invalid plain\.pdf \[6\.7/)]);
  }, 240_000);
});
