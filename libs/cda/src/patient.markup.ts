import type { PatientTraits, Sex } from '@pfi/health';
import type { PatientIdentifier } from './cda.model.js';
import { CdaFault } from './cda.fault.js';
import { escapeXml, isXmlCharacter } from './xml.references.js';

const genders: Readonly<Record<Sex, readonly [code: string, label: string]>> = {
  M: ['M', 'Masculin'],
  F: ['F', 'Féminin'],
  U: ['UN', 'Inconnu'],
};

/** Escapes a value for XML text or an attribute. @throws CdaFault CDA_INPUT_INVALID on a character that XML cannot hold */
export function xmlValue(text: string): string {
  for (const character of text) {
    if (!isXmlCharacter(character.codePointAt(0) as number)) {
      throw new CdaFault('CDA_INPUT_INVALID', 'Une donnée de l’en-tête contient un caractère interdit en XML.');
    }
  }
  return escapeXml(text);
}

export function patientIdXml(prefix: string, id: PatientIdentifier): string {
  return `<${prefix}id root="${xmlValue(id.root)}" extension="${xmlValue(id.extension)}"/>`;
}

/** Birth name, list of birth given names, first of them, then used names; an unknown one is an empty text. */
export function nameParts(prefix: string, traits: PatientTraits): readonly string[] {
  const part = (name: string, qualifier: string, value: string | undefined): string =>
    value === undefined || value === '' ? '' : `<${prefix}${name}${qualifier}>${xmlValue(value)}</${prefix}${name}>`;
  return [
    part('family', ' qualifier="BR"', traits.birthName),
    part('given', '', traits.birthGivenNames),
    part('given', ' qualifier="BR"', traits.birthFirstGivenName),
    part('family', ' qualifier="CL"', traits.usedName),
    part('given', ' qualifier="CL"', traits.usedGivenName),
  ];
}

export function genderXml(prefix: string, sex: Sex): string {
  const [code, label] = genders[sex];
  return `<${prefix}administrativeGenderCode code="${code}" displayName="${label}" codeSystem="2.16.840.1.113883.5.1"/>`;
}

export function birthTimeXml(prefix: string, birthDate: string): string {
  return `<${prefix}birthTime value="${xmlValue(birthDate.replaceAll('-', ''))}"/>`;
}

export function cogXml(prefix: string, cog: string): string {
  return `<${prefix}county>${xmlValue(cog)}</${prefix}county>`;
}

export function birthplaceXml(prefix: string, cog: string): string {
  return `<${prefix}birthplace><${prefix}place><${prefix}addr>${cogXml(prefix, cog)}</${prefix}addr></${prefix}place></${prefix}birthplace>`;
}

/** Content of `patient`. */
export function personXml(prefix: string, traits: PatientTraits): string {
  return (
    `<${prefix}name>${nameParts(prefix, traits).join('')}</${prefix}name>${genderXml(prefix, traits.sex)}` +
    (traits.birthDate === undefined ? '' : birthTimeXml(prefix, traits.birthDate)) +
    (traits.birthPlace === undefined ? '' : birthplaceXml(prefix, traits.birthPlace))
  );
}
