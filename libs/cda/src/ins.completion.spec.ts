import { describe, expect, it } from '@jest/globals';
import type { PatientTraits } from '@pfi/health';
import { readCda } from './cda.reader.js';
import { completeIns } from './ins.completion.js';
import { testIns, writeCdaN1ForTests, writeCdaN3ForTests } from './testing/index.js';

const traits: PatientTraits = {
  birthName: "D'ESSAI",
  birthGivenNames: 'JEANNE ÉLISE',
  birthFirstGivenName: 'JEANNE',
  birthDate: '1979-05-12',
  sex: 'F',
  birthPlace: '35238',
};
const identity = { ins: testIns, traits };

function withRecordTarget(recordTarget: string): Buffer {
  const text = writeCdaN1ForTests({ ins: null }).toString();
  return Buffer.from(text.replace(/<recordTarget>.*<\/recordTarget>/s, recordTarget));
}

/** The document before, inside and after `recordTarget`; latin1 keeps one character a byte. */
function parts(bytes: Buffer): readonly [string, string, string] {
  const match = /^(.*?)(<[a-z:]*recordTarget[ >].*<\/[a-z:]*recordTarget>)(.*)$/s.exec(bytes.toString('latin1'));
  return [match?.[1] ?? '', match?.[2] ?? '', match?.[3] ?? ''];
}

function outside(bytes: Buffer): readonly string[] {
  const [before, , after] = parts(bytes);
  expect(before.length * after.length).toBeGreaterThan(0);
  return [before, after];
}

const inside = (bytes: Buffer): string => parts(bytes)[1];

describe('completeIns', () => {
  it.each([
    ['N1', writeCdaN1ForTests],
    ['N3', writeCdaN3ForTests],
  ])('inserts the INS as first id of an %s and changes no other byte', (_level, write) => {
    const before = write({ ins: null, traits: { birthName: "D'ESSAI" }, minBytes: 20_000 });
    const after = completeIns(before, identity);
    const added = `<id root="${testIns.oid}" extension="${testIns.matricule}"/>`;
    const at = before.indexOf('<id root="1.2.250.1.999.2"');
    expect(after.equals(Buffer.concat([before.subarray(0, at), Buffer.from(added), before.subarray(at)]))).toBe(true);
    const { header } = readCda(after);
    expect(header.patient.ins).toEqual(testIns);
    expect(header.patient.ids[0]).toEqual({ root: testIns.oid, extension: testIns.matricule });
    expect(header.id).toEqual(readCda(before).header.id);
  });

  it.each([
    ['everything is missing', '<recordTarget><patientRole><patient/></patientRole></recordTarget>'],
    ['ids are absent', '<recordTarget><patientRole><addr/><patient><name/></patient></patientRole></recordTarget>'],
    [
      'values are null',
      '<recordTarget><patientRole><id nullFlavor="UNK"/><patient><name nullFlavor="UNK"/><administrativeGenderCode nullFlavor="UNK"/>' +
        '<birthTime nullFlavor="UNK"/><birthplace><place><addr nullFlavor="UNK"/></place></birthplace></patient></patientRole></recordTarget>',
    ],
    [
      'comments hold fake elements',
      '<recordTarget><!-- <patientRole><id root="9.9" extension="x"/> --><patientRole ><!--<id/>--><patient><!-- <name><family qualifier="BR">FAUX</family></name> -->' +
        '<name><family>USUEL</family><family qualifier="BR"><!-- FAUX --></family></name><birthplace><place/></birthplace></patient></patientRole></recordTarget>',
    ],
    [
      'the birthplace has a city but no code',
      '<recordTarget><patientRole><patient><name><given qualifier="CL">JO</given></name><birthplace><place><addr><city>RENNES</city></addr></place></birthplace>' +
        '<languageCommunication/></patient></patientRole></recordTarget>',
    ],
    [
      'the birthplace is empty',
      '<recordTarget><patientRole><patient><birthplace/></patient></patientRole></recordTarget>',
    ],
    [
      'the county is empty',
      '<recordTarget><patientRole><patient><birthplace><place><addr><county/></addr></place></birthplace></patient></patientRole></recordTarget>',
    ],
    [
      'the elements carry a prefix of their own',
      '<c:recordTarget xmlns:c="urn:hl7-org:v3"><c:patientRole><c:id root="1.2.3" extension="I"/><c:patient><c:name><c:family>X</c:family></c:name></c:patient></c:patientRole></c:recordTarget>',
    ],
    [
      'another namespace imitates the patient',
      '<recordTarget><patientRole><x:id xmlns:x="urn:other" root="1.2.250.1.213.1.4.8" extension="999"/><patient><x:name xmlns:x="urn:other"/></patient></patientRole></recordTarget>',
    ],
  ])('completes INS and birth traits inside recordTarget only when %s', (_name, recordTarget) => {
    const before = withRecordTarget(recordTarget);
    const after = completeIns(before, identity);
    const { patient } = readCda(after).header;
    expect(patient.ins).toEqual(testIns);
    expect(patient.traits).toMatchObject(traits);
    expect(outside(after)).toEqual(outside(before));
  });

  it('leaves the traits that are present as they are', () => {
    const before = withRecordTarget(
      '<recordTarget><patientRole><patient><name><family qualifier="BR">AUTRE</family><given>A B</given><given qualifier="BR">A</given></name>' +
        '<administrativeGenderCode code="M"/><birthTime value="19500101"/><birthplace><place><addr><county>75056</county></addr></place></birthplace></patient></patientRole></recordTarget>',
    );
    const after = completeIns(before, identity);
    expect(inside(after).replace(/<id root="1\.2\.250\.1\.213\.1\.4\.10" extension="\d+"\/>/, '')).toBe(inside(before));
  });

  it('changes nothing when the INS and the traits are there', () => {
    const before = writeCdaN1ForTests();
    expect(completeIns(before, { ...identity, traits }).equals(before)).toBe(true);
  });

  it('escapes what it inserts', () => {
    const before = withRecordTarget('<recordTarget><patientRole><patient/></patientRole></recordTarget>');
    const after = completeIns(before, { ins: testIns, traits: { ...traits, birthName: 'A<B>&"C' } });
    expect(readCda(after).header.patient.traits.birthName).toBe('A<B>&"C');
  });

  it.each([
    ['another matricule', { ...testIns, matricule: '185069999900104' }],
    ['the same matricule under another authority', { ...testIns, oid: '1.2.250.1.213.1.4.8' }],
  ])('refuses a document that carries %s', (_name, ins) => {
    expect(() => completeIns(writeCdaN1ForTests({ ins }), identity)).toThrow(
      expect.objectContaining({ code: 'INS_MISMATCH' }),
    );
  });

  it('keeps a byte order mark and Windows line ends', () => {
    const text = `\ufeff${writeCdaN1ForTests({ ins: null }).toString().replaceAll('\n', '\r\n')}`;
    const before = Buffer.from(text);
    const after = completeIns(before, identity);
    expect(outside(after)).toEqual(outside(before));
    expect(readCda(after).header.patient.ins).toEqual(testIns);
  });
});
