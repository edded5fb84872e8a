import { deflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { pdfFinding, type PdfRules } from './pdf-contents.js';

const rules: PdfRules = { maxPdfPages: 20, links: 'web' };

/** A PDF with these objects after its catalog; enough of one for whoever follows its cross-reference table. */
const pdf = (...objects: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat([
    Buffer.from('%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 1>>endobj\n'),
    ...objects.flatMap((object) => [Buffer.from(object), Buffer.from('\n')]),
    Buffer.from('startxref\n9\n%%EOF\n'),
  ]);
const objectStream = (objects: string, dictionary = '/Type/ObjStm/Filter/FlateDecode', data = deflateSync(objects)) =>
  Buffer.concat([
    Buffer.from(`7 0 obj<<${dictionary}/N 1/First 4/Length ${data.length}>>stream\r\n`),
    data,
    Buffer.from('\nendstream endobj'),
  ]);
const finding = (bytes: Buffer, change: Partial<PdfRules> = {}) => {
  const found = pdfFinding(bytes, { ...rules, ...change });
  return found && `${found.code} ${found.what}`;
};

describe('a PDF', () => {
  const active: [string, string][] = [
    ['a script', '3 0 obj<</S/JavaScript/JS(app.alert\\(1\\))>>endobj'],
    ['a script by its short name alone', '3 0 obj<</S/X/JS 4 0 R>>endobj'],
    ['a script that opens with the document', '3 0 obj<</OpenAction<</S/JavaScript/JS<616c657274>>>>>endobj'],
    ['a script in disguise', '3 0 obj<</S/J#61vaScr#69pt>>endobj'],
    ['a program to launch', '3 0 obj<</S/Launch/F(cmd.exe)>>endobj'],
    ['an attachment', '3 0 obj<</Type/EmbeddedFile>>stream\nx\nendstream endobj'],
    ['a tree of attachments', '3 0 obj<</Names<</EmbeddedFiles 4 0 R>>>>endobj'],
    ['a script that plays', '3 0 obj<</S/Rendition/JS 4 0 R>>endobj'],
    ['rich media', '3 0 obj<</Subtype/RichMedia>>endobj'],
    ['an XFA form', '3 0 obj<</AcroForm<</XFA[(a) 4 0 R]>>>>endobj'],
    ['a remote document', '3 0 obj<</S/GoToR/F(\\\\\\\\evil\\\\x.pdf)>>endobj'],
    ['a form that is sent', '3 0 obj<</S/SubmitForm/F(https://evil.example)>>endobj'],
    ['a link to a script', '3 0 obj<</S/URI/URI(javascript:alert)>>endobj'],
    ['a link to a file, written in hexadecimal', '3 0 obj<</S/URI/URI<66696c653a2f2f2f>>>endobj'],
    ['a link in disguise', '3 0 obj<</S/URI/URI(\\146ile:///etc)>>endobj'],
  ];

  it.each(active)('with %s is found', (_what, object) => {
    expect(finding(pdf(object))).toMatch(/^DOCUMENT_ACTIVE_CONTENT/);
  });

  it.each(active)('with %s inside a compressed object stream is found', (_what, object) => {
    expect(finding(pdf(objectStream(object)))).toMatch(/^DOCUMENT_ACTIVE_CONTENT/);
    expect(finding(pdf(objectStream(object, '/Type/Obj#53tm/Filter[/FlateDecode]')))).toMatch(/^DOCUMENT_ACTIVE/);
  });

  it('hides nothing behind what looks like a string, a comment or the data of a stream', () => {
    const script = '3 0 obj<</S/JavaScript>>endobj';
    for (const cover of ['(', '% ', '9 0 obj<</Length 9>>stream\n'])
      expect(finding(pdf(`${cover}${script}`))).toMatch(/^DOCUMENT_ACTIVE_CONTENT/);
  });

  it('may hold the letters of a script in the data of an image, where they are chance', () => {
    const image = (data: string | Buffer) =>
      Buffer.concat([
        Buffer.from('3 0 obj<</Subtype/Image/Filter/FlateDecode/Length 9>>\nstream\r\n'),
        Buffer.from(data),
        Buffer.from('\nendstream endobj'),
      ]);
    const chance = image(Buffer.from('\x81\x03/JS(\xfe\x00/JS<\x07', 'latin1'));
    expect(finding(pdf(chance))).toBeUndefined();
    expect(finding(pdf(chance, '5 0 obj<</S/X/JS 4 0 R>>endobj'))).toMatch(/JavaScript/);
    expect(finding(pdf(chance, image('\x81 4 0 obj<</S/X/JS 6 0 R>>')))).toMatch(/JavaScript/);
    expect(finding(pdf(image('/S/JavaScript')))).toMatch(/JavaScript/);
    expect(finding(pdf('3 0 obj<</A(stream\n)/JS 4 0 R>>endobj'))).toMatch(/JavaScript/);
    expect(finding(pdf('3 0 obj<</A(>>stream\n)/S/Rendition/JS 4 0 R>>endobj'))).toMatch(/^DOCUMENT_ACTIVE/);
  });

  it('whose objects nobody can look into is refused', () => {
    expect(finding(pdf(objectStream('x', '/Type/ObjStm/Filter/LZWDecode')))).toMatch(/^PDF_UNREADABLE/);
    expect(finding(pdf(objectStream('x', '/Type/ObjStm/Filter[/ASCIIHexDecode/FlateDecode]')))).toMatch(/^PDF_UNREAD/);
    expect(finding(pdf(objectStream('x', '/Type/ObjStm/Filter 9 0 R')))).toMatch(/^PDF_UNREADABLE/);
    const predictor = '/Type/ObjStm/Filter/FlateDecode/DecodeParms<</Predictor 12>>';
    expect(finding(pdf(objectStream('x', predictor)))).toMatch(/^PDF_UNREADABLE/);
    expect(finding(pdf(objectStream('', undefined, Buffer.from('not deflated'))))).toMatch(/^PDF_UNREADABLE/);
  });

  it('that grows out of bounds is stopped while it is inflated', () => {
    const bomb = deflateSync(Buffer.alloc(80 * 1024 * 1024, 0x20));
    const before = process.memoryUsage().arrayBuffers;
    expect(finding(pdf(objectStream('', undefined, bomb)))).toMatch(/^DOCUMENT_LIMIT/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(160 * 1024 * 1024);
  });

  it('of too many pages is refused, counted or claimed', () => {
    expect(finding(pdf('3 0 obj<</Type/Pages/Count 21>>endobj'))).toMatch(/^DOCUMENT_LIMIT/);
    expect(finding(pdf(...Array.from({ length: 21 }, (_, i) => `${i + 3} 0 obj<</Type/Page>>endobj`)))).toMatch(/^DOC/);
    expect(finding(pdf('3 0 obj<</Type/Pages/Count 20>>endobj'))).toBeUndefined();
  });

  it('may hold what letters hold', () => {
    const link = (target: string) => `3 0 obj<</Type/Annot/Subtype/Link/A<</S/URI/URI(${target})>>>>endobj`;
    const harmless = pdf(
      link('https://www.sante.fr'),
      link('http://www.chu.fr'),
      link('mailto:a@chu.fr'),
      '3 0 obj<</Title(La page /JavaScripts)/S/GoTo/D[4 0 R/Fit]>>endobj',
      objectStream('3 0 <</Type/Annot/Subtype/Link>>'),
      Buffer.from([0x2f, 0x4a, 0x53, 0x20, 0x81, 0x2f, 0x58, 0x46, 0x41, 0x0a, 0x90]),
    );
    expect(finding(harmless)).toBeUndefined();
    expect(finding(harmless, { links: 'https' })).toMatch(/lien non autorisé/);
    expect(finding(pdf(link('https://www.sante.fr')), { links: 'none' })).toMatch(/lien non autorisé/);
  });

  it('of 20 MB is looked at in a moment, whatever its bytes', () => {
    for (const filling of ['/', '/JS ', '/JS(', '>> /JS(']) {
      const started = performance.now();
      finding(pdf('9 0 obj<<>>stream\n', Buffer.alloc(20 * 1024 * 1024, filling)));
      expect(performance.now() - started).toBeLessThan(5_000);
    }
  });
});
