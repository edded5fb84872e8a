import { describe, expect, it } from '@jest/globals';
import { sha256Of } from '@pfi/platform-content';
import { DocumentAdmission } from '../src/intake/document-admission.js';
import { documentMessageReader } from '../src/intake/document-message.reader.js';
import { freshPerson, mdm } from './test-documents.js';
import { testGroup } from './test-group.js';

const group = testGroup();
const reader = documentMessageReader(group, new DocumentAdmission(group, 'trial'));
const read = (bytes: Buffer) =>
  reader.read({ bytes, receivedAt: new Date(), connectionId: 'test', remoteAddress: '127.0.0.1' });

describe('reading a document message', () => {
  it('names the document that the message carries, so that it is stored once', () => {
    const { entry, work } = read(mdm(freshPerson()));
    expect(Buffer.from(entry.carried?.base64.toString() ?? '', 'base64').equals(work?.content ?? Buffer.of())).toBe(
      true,
    );
    expect(entry.carried?.sha256).toBe(sha256Of(work?.content ?? Buffer.of()));
  });

  it('leaves a message whole that could not be applied: nothing stored its document', () => {
    const { entry } = read(mdm(freshPerson()));
    expect(reader.unapplicable(entry)).toMatchObject({ outcome: 'rejected', code: 'INTERNAL_ERROR', raw: entry.raw });
    expect(reader.unapplicable(entry)).not.toHaveProperty('carried');
  });

  it('leaves a refused message whole', () => {
    const { entry } = read(Buffer.from(mdm(freshPerson()).toString().replace('|DPI|', '|INCONNUE|')));
    expect(entry.outcome).toBe('rejected');
    expect(entry).not.toHaveProperty('carried');
  });
});
