import type { Author, CdaHeader, Organisation, Participant, PersonName } from '@pfi/cda';
import { toInstant } from '@pfi/health';

/** A line of the header: French label, value. */
export type HeaderFact = readonly [label: string, value: string];

const sexes: Readonly<Record<string, string>> = { M: 'masculin', F: 'féminin', U: 'non connu' };

/** What the head of a document tells, in reading order; nothing for what it does not say. */
export function headerFacts(header: CdaHeader, recipients: readonly string[]): HeaderFact[] {
  const { patient, custodian, legalAuthenticator, encounter, serviceEvents } = header;
  const { traits, ins } = patient;
  const locals = patient.ids.filter(({ root, extension }) => root !== ins?.oid || extension !== ins.matricule);
  const facts: [string, string | undefined][] = [
    ['Type', header.code.label],
    ['Patient', [traits.birthName, traits.birthGivenNames].filter(Boolean).join(' ')],
    ['Nom et prénom utilisés', [traits.usedName, traits.usedGivenName].filter(Boolean).join(' ')],
    [
      'Né(e) le',
      [frenchDay(traits.birthDate), traits.birthPlace && `(${traits.birthPlace})`].filter(Boolean).join(' '),
    ],
    ['Sexe', sexes[traits.sex]],
    ['Matricule INS', ins?.matricule],
    ['Identifiants', locals.map(({ extension }) => extension).join(', ')],
    ['Date du document', frenchTime(header.effectiveTime)],
    ...header.authors.map((author): [string, string] => ['Auteur', participantText(author)]),
    ['Signataire', legalAuthenticator && participantText(legalAuthenticator)],
    ['Structure conservatrice', organisationText(custodian)],
    ['Destinataires', recipients.join(' ; ')],
    ...serviceEvents.map(({ code, start, stop }): [string, string] => [
      'Acte',
      [code?.label, period(start, stop)].filter(Boolean).join(', '),
    ]),
    [
      'Séjour',
      encounter && [encounter.id?.extension, period(encounter.start, encounter.stop)].filter(Boolean).join(', '),
    ],
    ['Confidentialité', header.confidentiality.label],
    ['Version', header.versionNumber?.toString()],
    ['Identifiant du document', [header.id.root, header.id.extension].filter(Boolean).join('^')],
  ];
  return facts.filter((fact): fact is [string, string] => !!fact[1]);
}

function participantText({ person, organisation, code, time, ...rest }: Participant | Author): string {
  const device = 'device' in rest ? [rest.device?.model, rest.device?.software].filter(Boolean).join(' ') : '';
  const who = person ? personText(person) : device;
  return [who, code?.label, organisationText(organisation), time && frenchTime(time)].filter(Boolean).join(', ');
}

const personText = ({ prefix, given, family, suffix }: PersonName): string =>
  [prefix, given, family, suffix].filter(Boolean).join(' ');

const organisationText = (organisation: Organisation | undefined): string => organisation?.name ?? '';

const period = (start: string | undefined, stop: string | undefined): string =>
  [start && `du ${frenchTime(start)}`, stop && `au ${frenchTime(stop)}`].filter(Boolean).join(' ');

const frenchDay = (day: string | undefined): string => (day ?? '').split('-').reverse().join('/');

const dayAndTime = new Intl.DateTimeFormat('fr-FR', {
  timeZone: 'Europe/Paris',
  dateStyle: 'short',
  timeStyle: 'short',
});

/** A raw HL7 time stamp as a person writes it; as it stands when it cannot be read. */
function frenchTime(raw: string): string {
  if (/^\d{8}$/.test(raw)) return `${raw.slice(6, 8)}/${raw.slice(4, 6)}/${raw.slice(0, 4)}`;
  const at = toInstant(raw);
  return at ? dayAndTime.format(at) : raw;
}
