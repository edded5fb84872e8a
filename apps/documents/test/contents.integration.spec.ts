import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import {
  controlId,
  documentsDatabase,
  freshPerson,
  mdm,
  openDocuments,
  theDocument,
  type Documents,
  type MessageChange,
} from './test-documents.js';
import { testGroup } from './test-group.js';

const script = Buffer.from('%PDF-1.4\n1 0 obj<</S/JavaScript/JS(app.alert)>>endobj\nstartxref\n9\n%%EOF\n');
const eicar = Buffer.from(`%PDF-1.4\n${['EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!'].join('')}\nstartxref\n9\n%%EOF\n`);
const pages = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Pages/Count 100000>>endobj\nstartxref\n9\n%%EOF\n');
const encrypted = Buffer.from('%PDF-1.4\ntrailer<</Encrypt 5 0 R>>\nstartxref\n9\n%%EOF\n');
const pdfA = Buffer.from('%PDF-1.4\n<pdfaid:part>1</pdfaid:part>\nstartxref\n9\n%%EOF\n');

let server: TestDatabase;
let documents: Documents;

beforeAll(async () => {
  server = await documentsDatabase();
  documents = await openDocuments(server, testGroup());
}, 60_000);
afterAll(() => server.drop());

const answer = async (change: MessageChange, to: Documents = documents) => {
  const id = controlId();
  const [ack] = await to.send(mdm(freshPerson(), { ...change, header: { controlId: id } }));
  return { id, said: [ack?.code, ack?.error?.code ?? null] };
};

describe('what a document holds', () => {
  it.each([
    ['a script', 'DOCUMENT_ACTIVE_CONTENT', script],
    ['a known malware', 'MALWARE_FOUND', eicar],
    ['too many pages', 'DOCUMENT_LIMIT', pages],
    ['an encrypted PDF', 'PDF_ENCRYPTED', encrypted],
  ])(
    'refuses %s, in a level 1 body or a level 3 copy, and keeps the message under rejets',
    async (_what, code, pdf) => {
      for (const level of ['N1', 'N3'] as const) {
        const { id, said } = await answer({ level, document: { pdf } });
        expect(said).toEqual(['AE', code]);
        expect(await documents.documents({ controlId: id })).toEqual([]);
        const kept = await server.admin(
          'SELECT code, length(raw) > 1000 AS raw FROM documents.message WHERE control_id = $1',
          [id],
        );
        expect(kept).toEqual([{ code, raw: true }]);
      }
    },
  );

  it('refuses malware in the text of a CDA', async () => {
    const title = ['EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!'].join('');
    const { said } = await answer({ level: 'N3', document: { title } });
    expect(said).toEqual(['AE', 'MALWARE_FOUND']);
  });

  it('is told, refused or passed over when its PDF does not say that it is PDF/A, as its source is set', async () => {
    const warned = async (to: Documents, pdf: Buffer) => {
      const { id, said } = await answer({ document: { pdf } }, to);
      if (said[0] !== 'AA') return said[1];
      return (await theDocument(to, id)).timeline.some(({ text }) => text.startsWith('PDF_NOT_PDFA'));
    };
    const plain = Buffer.from('%PDF-1.4\nstartxref\n9\n%%EOF\n');
    const set = (pdfA: string) => (file: string) => file.replace('  - key: dpi\n', `  - key: dpi\n    pdfA: ${pdfA}\n`);
    expect(await warned(documents, plain)).toBe(true);
    expect(await warned(documents, pdfA)).toBe(false);
    expect(await warned(await openDocuments(server, testGroup(set("'off'"))), plain)).toBe(false);
    const strict = await openDocuments(server, testGroup(set('block')));
    expect(await warned(strict, plain)).toBe('PDFA_REQUIRED');
    expect(await warned(strict, pdfA)).toBe(false);
  });
});
