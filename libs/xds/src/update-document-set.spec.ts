import { describe, expect, it } from '@jest/globals';
import type { SubmissionSet } from './model.js';
import { buildStatusUpdate, parseStatusUpdate } from './update-document-set.js';

const submissionSet: SubmissionSet = {
  entryUuid: 'urn:uuid:018f4e10-0000-7000-8000-000000000001',
  uniqueId: '2.999.1.1',
  sourceId: '2.999.1',
  patientId: { value: '279035121518989', oid: '1.2.250.1.213.1.4.10' },
  submissionTime: '20261123080000',
  contentType: { code: '03', system: '1.2.250.1.213.2.2', label: 'Hospitalisation' },
  author: {
    person: null,
    device: 'PFI',
    organisation: { id: '1990000101', name: 'CHU', idType: 'IDNST' },
    speciality: null,
  },
};
const envelope = { messageId: 'urn:uuid:1', to: 'https://dmp.example/registry', assertion: null };
const entryUuid = 'urn:uuid:018f4e10-0000-7000-8000-000000000041';

describe('a change of status (TD3.3)', () => {
  it('comes to the registry as it was asked', () => {
    const changes = [
      { entryUuid, from: 'Approved', to: 'Archived' },
      { entryUuid, from: 'Archived', to: 'Deleted' },
    ];
    const { contentType, body } = buildStatusUpdate({ submissionSet, changes }, envelope);
    expect(contentType).toContain('urn:ihe:iti:2010:UpdateDocumentSet');
    expect(parseStatusUpdate(contentType, Buffer.concat(body))).toMatchObject({ submissionSet, changes });
  });

  it('names the statuses of ebXML and those of the DMP by their own URN', () => {
    const { body } = buildStatusUpdate(
      { submissionSet, changes: [{ entryUuid, from: 'Approved', to: 'Deleted' }] },
      envelope,
    );
    const text = Buffer.concat(body).toString();
    expect(text).toContain('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved');
    expect(text).toContain('urn:asip:ci-sis:2010:StatusType:Deleted');
    expect(text).toContain('urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus');
  });

  it.each([
    ['no change', (text: string) => text.replace('UpdateAvailabilityStatus', 'Other')],
    ['no submission set', (text: string) => text.replaceAll('RegistryPackage', 'Other')],
  ])('is refused with %s', (_name, edit) => {
    const { contentType, body } = buildStatusUpdate(
      { submissionSet, changes: [{ entryUuid, from: 'Approved', to: 'Deleted' }] },
      envelope,
    );
    const edited = Buffer.from(edit(Buffer.concat(body).toString()));
    expect(() => parseStatusUpdate(contentType, edited)).toThrow(
      expect.objectContaining({ code: 'XDS_METADATA_INVALID' }),
    );
  });
});
