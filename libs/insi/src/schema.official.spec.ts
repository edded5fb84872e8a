import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { XmlDocument, XsdValidator } from 'libxml2-wasm';
import { buildSearchRequest, buildSearchResponse } from './index.js';

const folder = join(process.env['PFI_REFERENCE_DIR'] ?? '', 'insi', 'xsd');
const validator = (file: string) =>
  XsdValidator.fromDoc(XmlDocument.fromBuffer(readFileSync(join(folder, file)), { url: join(folder, file) }));
const element = (envelope: Buffer, name: string): XmlDocument => {
  const found = new RegExp(`<(\\w+:)?${name}[ >].*</(\\w+:)?${name}>`, 's').exec(envelope.toString());
  return XmlDocument.fromString(found?.[0] ?? '<none/>');
};

const request = buildSearchRequest(
  { birthName: 'ADRTROIS', givenNames: ['DOMINIQUE'], sex: 'F', birthDate: '1997-02-26', birthPlace: '20020' },
  {
    messageId: '018f4e10-0000-7000-8000-000000000001',
    at: new Date(),
    emitter: '990000200',
    software: { idam: 'ZZ123', name: 'PFI', version: '0.1', instance: 'essai' },
  },
);
const answer = buildSearchResponse(
  {
    kind: 'found',
    identity: {
      ins: { matricule: '297022A02077878', oid: '1.2.250.1.213.1.4.10' },
      history: [],
      traits: {
        birthName: 'ADRTROIS',
        birthGivenNames: 'DOMINIQUE',
        firstGivenName: 'DOMINIQUE',
        sex: 'F',
        birthDate: '1997-02-26',
        birthPlace: '20020',
      },
    },
  },
  'uuid:1',
).body;

describe('the published schemas of the INSi service', () => {
  it.each([
    ['RECSANSVITALE', 'ServiceIdentiteCertifiee/INSi_RECSANS_INS.xsd', request],
    ['ContexteLPS', 'CTX/ROOT_ctxlps_CTXLPS_V01_00.xsd', request],
    ['ContexteBAM', 'CTX/ROOT_ctxbam_CTXBAM_V01_02.xsd', request],
    ['RESULTAT', 'ServiceIdentiteCertifiee/INSi_RESULTAT_INS.xsd', answer],
  ])('accept %s', (name, schema, envelope) => {
    expect(() => validator(schema).validate(element(envelope, name))).not.toThrow();
  });

  it('would refuse another order of the search', () => {
    const wrong = Buffer.from(
      request
        .toString()
        .replace(
          /(<insi:NomNaissance>.*?<\/insi:NomNaissance>)(.*?)<\/insi:RECSANSVITALE>/,
          '$2$1</insi:RECSANSVITALE>',
        ),
    );
    expect(() =>
      validator('ServiceIdentiteCertifiee/INSi_RECSANS_INS.xsd').validate(element(wrong, 'RECSANSVITALE')),
    ).toThrow();
  });
});
