import { describe, expect, it } from '@jest/globals';
import { loadGhtFile } from './ght-file.js';
import { certificateFiles, Ght } from './ght.js';

const EXAMPLE = new URL('../../../../../deploy/ght.example.yaml', import.meta.url).pathname;
const ght = new Ght(loadGhtFile(EXAMPLE, {}));

describe('the sources of a group', () => {
  it('are found by MSH-3 and MSH-4 together', () => {
    expect(ght.sourceOf('GAM', 'CHU-BRUME')?.key).toBe('gam');
    expect(ght.sourceOf('GAM', 'CHU-X')?.key).toBe('chu-x-gam');
    expect(ght.sourceOf('GAM', 'CH-ROCHE')).toBeUndefined();
    expect(ght.sourceByKey('dpi-rest')?.restClients).toEqual(['pfi-demo']);
  });

  it.each([
    ['GAM', 'CHU-X', ['ADT']],
    ['RIS-Y', 'Organisation-Y', ['MDM']],
    ['SIL-Y', 'labo', ['ORU']],
  ])('know the official sender %s of %s', (application, facility, messages) => {
    expect(ght.sourceOf(application, facility)).toMatchObject({ messages, separators: 'lenient' });
  });
});

describe('the assigning authorities', () => {
  it.each([
    [{ oid: '2.999.1.1' }, 'brume'],
    [{ name: 'CHU-BRUME' }, 'brume'],
    [{ name: 'CHU-BRUME', oid: '2.999.1.1' }, 'brume'],
    [{ name: 'anything', oid: '990000101' }, 'brume'],
    [{ name: 'CHU-X', oid: '000897406' }, 'chu-x'],
    [{ name: 'AUT-AFFECTATION', oid: '120456789' }, 'organisation-y'],
    [{ name: 'AUT-AFFECTATION', oid: '1204567809' }, 'organisation-y'],
    [{ name: 'CHU-BRUME', oid: '2.999.1.2' }, 'roche'],
    [{ name: 'IPP-BRUME', oid: 'unknown' }, 'brume'],
  ])('%j is of domain %s', (reference, domain) => {
    const authority = ght.domainOfAuthority(reference);
    expect(authority?.domain).toBe(domain);
    expect(authority?.oid).toBe(ght.domain(domain)?.authority.oid);
  });

  it('do not match on a name whose universal id is unknown, nor on nothing', () => {
    expect(ght.domainOfAuthority({ name: 'AUT-AFFECTATION', oid: '999999999' })).toBeUndefined();
    expect(ght.domainOfAuthority({ name: 'UNKNOWN' })).toBeUndefined();
    expect(ght.domainOfAuthority({ name: '', oid: '' })).toBeUndefined();
    expect(ght.domainOfAuthority({})).toBeUndefined();
  });
});

describe('units', () => {
  it('are those of the day', () => {
    expect(ght.unitAt('1030', '2025-12-31')?.establishment).toBe('990000119');
    expect(ght.unitAt('1030', '2026-01-01')?.establishment).toBe('990000127');
  });

  it('of two legal entities may share a code, and are told apart by the legal entity', () => {
    expect(ght.unitAt('1010', '2026-01-01')).toBeUndefined();
    expect(ght.unitAt('1010', '2026-01-01', ['990000200'])?.establishment).toBe('990000218');
  });

  it('tell where a message belongs, else the default establishment of its source does', () => {
    const source = ght.sourceByKey('gam');
    if (!source) throw new Error('no source gam');
    const known = ght.belongingOf(source, '1020', '2026-01-01');
    expect([known.owner, known.establishment.finess, known.unit?.code]).toEqual(['ej:990000101', '990000127', '1020']);
    const unknown = ght.belongingOf(source, '7777', '2026-01-01');
    expect([unknown.owner, unknown.establishment.finess, unknown.unit]).toEqual([
      'ej:990000101',
      '990000119',
      undefined,
    ]);
    expect(ght.belongingOf(source, undefined, '2026-01-01').establishment.finess).toBe('990000119');
  });
});

describe('legal entities and establishments', () => {
  it('are found by FINESS, and an establishment knows its legal entity', () => {
    expect(ght.legalEntity('990000200')?.name).toBe('CH de Roche-Claire');
    expect(ght.establishment('990000218')?.name).toBe('Hôpital de Roche-Claire');
    expect(ght.legalEntityOf('990000127')?.finess).toBe('990000101');
    expect(ght.legalEntity('990000218')).toBeUndefined();
  });
});

describe('scopes', () => {
  it('of the owner of a row are itself and what it needs to see', () => {
    expect(ght.scopesOfOwner('dom:brume')).toEqual(['dom:brume', 'ej:990000101']);
    expect(ght.scopesOfOwner('ej:990000101')).toEqual(['ej:990000101', 'dom:brume']);
    expect(ght.scopesOfOwner('ej:999999999')).toEqual(['ej:999999999']);
  });

  it('of a person are spelled out, and never grow beyond the grant', () => {
    expect(ght.expandScopes(['ej:990000101'])).toEqual(['ej:990000101', 'eg:990000119', 'eg:990000127']);
    expect(ght.expandScopes(['eg:990000119', 'dom:brume'])).toEqual(['eg:990000119', 'dom:brume']);
    expect(ght.expandScopes(['ej:999999999', 'nonsense'])).toEqual([]);
    expect(ght.expandScopes(['ght'])).toEqual(expect.arrayContaining([...ght.owners(), 'eg:990000218']));
  });

  it('of a person come from the entry of the issuer, else from the entry without issuer', () => {
    expect(ght.person('demo-operateur', 'https://any.example')?.roles).toEqual(['reader', 'operator']);
    expect(ght.person('nobody', 'https://any.example')).toBeUndefined();
  });
});

describe('document types', () => {
  it('are the default ones, changed and completed by the file', () => {
    expect(ght.documentType('11502-2')).toMatchObject({
      acceptedByDmp: true,
      channels: ['dmp', 'mss-pro', 'mss-patient'],
      audience: ['professional', 'patient'],
    });
    expect(ght.documentType('51851-4')).toMatchObject({
      acceptedByDmp: false,
      channels: ['mss-patient'],
      audience: ['patient'],
      classCode: { code: '95' },
    });
    expect(ght.documentType('0-0')).toBeUndefined();
  });

  it('outside the list of the DMP are never proposed to it', () => {
    const refused = ght.documentTypes().filter((type) => !type.acceptedByDmp);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.flatMap((type) => type.channels)).not.toContain('dmp');
  });
});

describe('certificates', () => {
  it('are folders of the secrets, as Kubernetes mounts them', () => {
    expect(certificateFiles('/run/secrets/pfi', 'dmp-auth-990000101')).toEqual({
      certificate: '/run/secrets/pfi/dmp-auth-990000101/tls.crt',
      key: '/run/secrets/pfi/dmp-auth-990000101/tls.key',
    });
  });
});
