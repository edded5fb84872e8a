import type { CdaN1Input } from '../cda-n1.model.js';

/** A complete description of a synthetic level 1 document, without INS. */
export function n1Input(change: Partial<CdaN1Input> = {}): CdaN1Input {
  return {
    id: '1.2.250.1.999.7.2',
    setId: '1.2.250.1.999.7',
    version: 2,
    typeCode: { code: '34112-3', system: '2.16.840.1.113883.6.1', label: 'CR hospitalier (séjour)' },
    title: 'Compte rendu d’hospitalisation & suites',
    effectiveTime: '20260102101500+0100',
    patient: {
      localIds: [{ root: '1.2.250.1.999.2', extension: 'IPP0001' }],
      traits: {
        birthName: 'ESSAI-CHÊNE',
        birthGivenNames: 'JEANNE ÉLISE',
        birthFirstGivenName: 'JEANNE',
        usedName: 'ÉPREUVE',
        birthDate: '1979-05-12',
        sex: 'F',
        birthPlace: '35238',
      },
    },
    author: {
      id: { root: '1.2.250.1.71.4.2.1', extension: '810000000001' },
      name: { family: 'MÉDECIN', given: 'Anne' },
      code: { code: 'G15_10/SM26', system: '1.2.250.1.213.1.1.4.5', label: 'Médecin - Médecine générale' },
    },
    custodian: { id: { root: '1.2.250.1.71.4.2.2', extension: '1350000012' }, name: 'CH DES ESSAIS' },
    serviceEvent: { start: '20251228080000+0100', stop: '20260102100000+0100' },
    encounter: { id: { root: '1.2.250.1.999.3', extension: '26000001' }, start: '20251228080000+0100' },
    facilityType: { code: 'SA01', system: '1.2.250.1.71.4.2.4', label: 'Etablissement public de santé' },
    relatedDocument: { typeCode: 'RPLC', parentId: { root: '1.2.250.1.999.7.1' } },
    pdf: Buffer.from('%PDF-1.4\n%%EOF\n'),
    ...change,
  };
}
