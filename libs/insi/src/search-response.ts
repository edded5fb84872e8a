import type { Ins } from '@pfi/health';
import { InsiFault } from './insi-fault.js';
import type { InsiAnswer, InsiIdentity } from './model.js';
import * as ns from './namespaces.js';
import {
  childNamed,
  childrenNamed,
  faultOf,
  openSoap,
  soapFault,
  soapResponse,
  textOf,
  xmlText,
  type SoapAnswer,
  type XmlNode,
} from './soap.js';

/** CodeCR and LibelleCR as the service writes them. */
const reports = {
  found: ['00', 'OK'],
  none: ['01', 'Aucune identite trouvee'],
  many: ['02', 'Plusieurs identites trouvees'],
} as const;

/** Answers a search; a technical fault carries its code in `siram:Erreur`. */
export function buildSearchResponse(answer: InsiAnswer, relatesTo: string | null): SoapAnswer {
  if (answer.kind === 'fault')
    return soapFault(
      answer.label,
      `<siram:Erreur xmlns:siram="${ns.siram}" severite="fatal" code="${xmlText(answer.code)}">${xmlText(answer.label)}</siram:Erreur>`,
      relatesTo,
    );
  const [code, label] = answer.kind === 'other' ? [answer.code, answer.label] : reports[answer.kind];
  const person = answer.kind === 'found' ? individual(answer.identity) : '';
  return soapResponse(
    `${ns.searchAction}Response`,
    relatesTo,
    `<RESULTAT xmlns="${ns.insiResult}"><CR><CodeCR>${xmlText(code)}</CodeCR><LibelleCR>${xmlText(label)}</LibelleCR></CR>${person}</RESULTAT>`,
  );
}

function individual({ ins, history, traits }: InsiIdentity): string {
  const optional = (name: string, value: string | undefined): string =>
    value === undefined ? '' : `<${name}>${xmlText(value)}</${name}>`;
  return (
    `<INDIVIDU>${identifier('INSACTIF', ins)}${history.map((one) => identifier('INSHISTO', one)).join('')}<TIQ>` +
    optional('NomNaissance', traits.birthName) +
    optional('Prenom', traits.firstGivenName) +
    optional('ListePrenom', traits.birthGivenNames) +
    optional('Sexe', traits.sex === 'U' ? undefined : traits.sex) +
    optional('DateNaissance', traits.birthDate) +
    optional('LieuNaissance', traits.birthPlace) +
    `</TIQ></INDIVIDU>`
  );
}

const identifier = (name: string, { matricule, oid }: Ins): string =>
  `<${name}><IdIndividu><NumIdentifiant>${matricule.slice(0, 13)}</NumIdentifiant><Cle>${matricule.slice(13)}</Cle></IdIndividu>` +
  `<OID>${xmlText(oid)}</OID></${name}>`;

/**
 * What the service answered, a SOAP fault included.
 * @throws InsiFault INSI_MALFORMED, XML_LIMIT, XML_DTD_FORBIDDEN
 */
export function parseSearchResponse(bytes: Buffer): InsiAnswer {
  const { content } = openSoap(bytes);
  const fault = faultOf(content);
  if (fault) {
    const error = fault.detail && childNamed(fault.detail, ns.siram, 'Erreur');
    return {
      kind: 'fault',
      code: error?.attributes.get('code') ?? fault.subcodes.at(-1) ?? fault.code,
      label: error?.text.trim() || fault.reason,
    };
  }
  if (content.name !== 'RESULTAT' || content.namespace !== ns.insiResult) throw malformed('RESULTAT');
  const report = childNamed(content, ns.insiResult, 'CR') ?? refuse('CR');
  const code = textOf(report, ns.insiResult, 'CodeCR') ?? refuse('CodeCR');
  if (code === reports.none[0]) return { kind: 'none' };
  if (code === reports.many[0]) return { kind: 'many' };
  if (code !== reports.found[0])
    return { kind: 'other', code, label: textOf(report, ns.insiResult, 'LibelleCR') ?? '' };
  const person = childNamed(content, ns.insiResult, 'INDIVIDU') ?? refuse('INDIVIDU');
  return { kind: 'found', identity: identityOf(person) };
}

function identityOf(person: XmlNode): InsiIdentity {
  const active = childNamed(person, ns.insiResult, 'INSACTIF') ?? refuse('INSACTIF');
  const traits = childNamed(person, ns.insiResult, 'TIQ') ?? refuse('TIQ');
  const said = (name: string) => textOf(traits, ns.insiResult, name);
  const sex = said('Sexe');
  const firstGivenName = said('Prenom');
  const birthPlace = said('LieuNaissance');
  return {
    ins: insOf(active),
    history: childrenNamed(person, ns.insiResult, 'INSHISTO').map(insOf),
    traits: {
      birthName: said('NomNaissance') ?? refuse('NomNaissance'),
      birthGivenNames: said('ListePrenom') ?? firstGivenName ?? refuse('ListePrenom'),
      ...(firstGivenName === undefined ? {} : { firstGivenName }),
      sex: sex === 'M' || sex === 'F' ? sex : 'U',
      birthDate: said('DateNaissance') ?? refuse('DateNaissance'),
      ...(birthPlace === undefined ? {} : { birthPlace }),
    },
  };
}

function insOf(node: XmlNode): Ins {
  const id = childNamed(node, ns.insiResult, 'IdIndividu') ?? refuse('IdIndividu');
  const number = textOf(id, ns.insiResult, 'NumIdentifiant') ?? refuse('NumIdentifiant');
  const key = textOf(id, ns.insiResult, 'Cle') ?? refuse('Cle');
  return { matricule: `${number}${key}`, oid: textOf(node, ns.insiResult, 'OID') ?? refuse('OID') };
}

const malformed = (what: string): InsiFault =>
  new InsiFault('INSI_MALFORMED', `La réponse du téléservice INSi est illisible (${what}).`);

function refuse(what: string): never {
  throw malformed(what);
}
