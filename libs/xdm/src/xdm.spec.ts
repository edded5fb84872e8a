import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { DocumentEntry, SubmissionSet } from '@pfi/xds';
import { ZipFile } from 'yazl';
import { readXdm, writeXdm, type XdmSubmission } from './index.js';

const code = (value: string) => ({ code: value, system: '1.2.3', label: value });
const patientId = { value: '279035121518989', oid: '1.2.250.1.213.1.4.10' };
const author = {
  person: null,
  device: 'PFI',
  organisation: { id: '1990000101', name: 'CHU', idType: 'IDNST' },
  speciality: null,
};
const submissionSet: SubmissionSet = {
  entryUuid: 'urn:uuid:018f4e10-0000-7000-8000-000000000001',
  uniqueId: '2.999.1.1',
  sourceId: '2.999.1',
  patientId,
  submissionTime: '20261123080000',
  contentType: code('03'),
  author,
};
const entry: DocumentEntry = {
  entryUuid: 'urn:uuid:018f4e10-0000-7000-8000-000000000002',
  uniqueId: '2.999.1.2',
  mimeType: 'text/xml',
  title: 'Lettre de liaison à la sortie',
  hash: null,
  size: null,
  languageCode: 'fr-FR',
  creationTime: '20261123080000',
  serviceStartTime: null,
  serviceStopTime: null,
  patientId,
  sourcePatientId: { value: 'IPP1', oid: '2.999.1.1' },
  sourcePatientInfo: [],
  legalAuthenticator: null,
  authors: [author],
  classCode: code('10'),
  typeCode: code('11490-0'),
  formatCode: code('urn:ihe:iti:xds-sd:pdf:2008'),
  confidentialityCodes: [code('N')],
  eventCodes: [],
  healthcareFacilityTypeCode: code('SA01'),
  practiceSettingCode: code('ETABLISSEMENT'),
  version: null,
};
const cda = Buffer.from('<ClinicalDocument>é</ClinicalDocument>');
const submission = (change: Partial<XdmSubmission> = {}): XdmSubmission => ({
  ...{ submissionSet, entry, cda, pdf: Buffer.from('%PDF-1.4'), action: null },
  actionSlot: 'urn:example:action',
  ...change,
});
const fault = (name: string) => expect.objectContaining({ code: name });

describe('an XDM archive', () => {
  it('gives back the document and its metadata, with the hash and size of its bytes', async () => {
    const { documents, submissionSet: set } = await readXdm(await writeXdm(submission()));
    expect(set).toEqual(submissionSet);
    expect(documents).toEqual([
      {
        content: cda,
        entry: {
          ...entry,
          uri: 'DOC00001.XML',
          hash: createHash('sha1').update(cda).digest('hex'),
          size: cda.length,
        },
      },
    ]);
  });

  it.each(['C', 'D'] as const)('says that it is a %s in the slot that the settings name', async (action) => {
    const { documents } = await readXdm(await writeXdm(submission({ action })));
    expect(documents[0]?.entry.extra).toEqual({ 'urn:example:action': [action] });
  });

  it('of the same submission has the same bytes', async () => {
    expect((await writeXdm(submission())).equals(await writeXdm(submission()))).toBe(true);
  });

  it('without INS names the patient by a local identifier', async () => {
    const local = { value: 'IPP1', oid: '2.999.1.1', idType: 'PI' } as const;
    const bytes = await writeXdm(
      submission({ submissionSet: { ...submissionSet, patientId: local }, entry: { ...entry, patientId: local } }),
    );
    const { documents } = await readXdm(bytes);
    expect(documents[0]?.entry.patientId).toMatchObject({ value: 'IPP1', oid: '2.999.1.1' });
    expect(bytes.includes('279035121518989')).toBe(false);
  });

  it('is opened by software that shares no code with it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pfi-xdm-'));
    try {
      const file = join(folder, 'IHE_XDM.ZIP');
      writeFileSync(file, await writeXdm(submission()));
      const listed = execFileSync('jar', ['tf', file], { encoding: 'utf8' }).trim().split('\n');
      expect(listed).toEqual([
        'INDEX.HTM',
        'README.TXT',
        'IHE_XDM/SUBSET01/METADATA.XML',
        'IHE_XDM/SUBSET01/DOC00001.XML',
        'IHE_XDM/SUBSET01/DOC00001.PDF',
      ]);
      execFileSync('jar', ['xf', file], { cwd: folder });
      expect(execFileSync('cat', [join(folder, 'IHE_XDM/SUBSET01/DOC00001.XML')])).toEqual(cda);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

interface File {
  readonly name: string;
  readonly content?: Buffer;
  readonly mode?: number;
}

async function zipOf(files: readonly File[]): Promise<Buffer> {
  const zip = new ZipFile();
  for (const { name, content = Buffer.from('x'), mode = 0o100644 } of files) zip.addBuffer(content, name, { mode });
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A name of the same length put in place of another, in the local header, the central one, or both. */
function renamed(bytes: Buffer, from: string, to: string, where: 'both' | 'local' = 'both'): Buffer {
  const copy = Buffer.from(bytes);
  for (let at = copy.indexOf(from); at >= 0; at = where === 'both' ? copy.indexOf(from, at + 1) : -1)
    copy.write(to, at, 'latin1');
  return copy;
}

describe('a hostile archive', () => {
  it.each([
    ['a name that climbs', 'aa/aa/b.xml', '../../b.xml'],
    ['an absolute name', 'a/b.xml', '/a.xml'.padEnd(7, 'x')],
    ['a drive letter', 'abb.xml', 'C:b.xml'],
    ['a backslash', 'a-b.xml', 'a\\b.xml'],
    ['a NUL', 'a-b.xml', 'a\0b.xml'],
  ])('with %s is not opened', async (_name, from, to) => {
    await expect(readXdm(renamed(await zipOf([{ name: from }]), from, to))).rejects.toEqual(fault('ZIP_UNSAFE_ENTRY'));
  });

  it('with a symbolic link is not opened', async () => {
    await expect(readXdm(await zipOf([{ name: 'link', mode: 0o120777 }]))).rejects.toEqual(fault('ZIP_UNSAFE_ENTRY'));
  });

  it('with two names that differ by case alone is not opened', async () => {
    const bytes = await zipOf([{ name: 'INDEX.HTM' }, { name: 'index.htm' }]);
    await expect(readXdm(bytes)).rejects.toEqual(fault('ZIP_UNSAFE_ENTRY'));
  });

  it('whose headers disagree on a name is not opened', async () => {
    const bytes = renamed(await zipOf([{ name: 'INDEX.HTM' }]), 'INDEX.HTM', 'OTHER.EXE', 'local');
    await expect(readXdm(bytes)).rejects.toEqual(fault('ZIP_UNSAFE_ENTRY'));
  });

  it('that inflates beyond measure is left while it is read', async () => {
    const bytes = await zipOf([{ name: 'INDEX.HTM', content: Buffer.alloc(20_000_000) }]);
    await expect(readXdm(bytes)).rejects.toEqual(fault('ZIP_LIMIT'));
  });

  it('with too many files, or an archive inside, is left', async () => {
    const many = await zipOf(Array.from({ length: 201 }, (_, index) => ({ name: `F${index}` })));
    await expect(readXdm(many)).rejects.toEqual(fault('ZIP_LIMIT'));
    await expect(readXdm(await zipOf([{ name: 'A.ZIP' }]))).rejects.toEqual(fault('ZIP_LIMIT'));
  });

  it('that is encrypted is left', async () => {
    const bytes = await zipOf([{ name: 'INDEX.HTM' }]);
    const central = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    bytes.writeUInt16LE(bytes.readUInt16LE(central + 8) | 1, central + 8);
    await expect(readXdm(bytes)).rejects.toEqual(fault('ZIP_LIMIT'));
  });

  it.each([
    ['no archive', Buffer.from('%PDF-1.4')],
    ['an empty file', Buffer.alloc(0)],
  ])('that is %s is told so', async (_name, bytes) => {
    await expect(readXdm(bytes)).rejects.toEqual(fault('XDM_INVALID'));
  });

  it('without metadata or index is no XDM', async () => {
    await expect(readXdm(await zipOf([{ name: 'INDEX.HTM' }]))).rejects.toEqual(fault('XDM_INVALID'));
  });

  it('whose document is not the one described is refused', async () => {
    const bytes = await writeXdm(submission({ cda: Buffer.alloc(500, 'a') }));
    const other = await writeXdm(submission({ cda: Buffer.alloc(500, 'b') }));
    const { documents } = await readXdm(other);
    expect(documents[0]?.content[0]).toBe('b'.charCodeAt(0));
    const files = new Map<string, Buffer>([
      ['INDEX.HTM', Buffer.from('x')],
      ['IHE_XDM/SUBSET01/METADATA.XML', await fileOf(bytes, 'METADATA.XML')],
      ['IHE_XDM/SUBSET01/DOC00001.XML', Buffer.alloc(500, 'b')],
    ]);
    const mixed = await zipOf([...files].map(([name, content]) => ({ name, content })));
    await expect(readXdm(mixed)).rejects.toEqual(fault('XDM_HASH_MISMATCH'));
  });
});

async function fileOf(bytes: Buffer, name: string): Promise<Buffer> {
  const { readEntries } = await import('./zip-reader.js');
  const files = await readEntries(bytes, { maxBytes: 1_000_000, maxEntries: 10, maxRatio: 100 });
  return files.get(`IHE_XDM/SUBSET01/${name}`) ?? Buffer.alloc(0);
}
