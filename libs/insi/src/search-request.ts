import { childrenNamed, openSoap, soapRequest, textOf, xmlText, type XmlNode } from './soap.js';
import type { InsiContext, InsiSearch } from './model.js';
import * as ns from './namespaces.js';
import { InsiFault } from './insi-fault.js';

/** `rechercherInsAvecTraitsIdentite`: SOAP 1.2, action in `searchAction`. */
export function buildSearchRequest(search: InsiSearch, context: InsiContext): Buffer {
  const optional = (name: string, value: string | undefined): string =>
    value === undefined ? '' : `<insi:${name}>${xmlText(value)}</insi:${name}>`;
  const body =
    `<insi:RECSANSVITALE xmlns:insi="${ns.insiSearch}">` +
    optional('NomNaissance', search.birthName) +
    search.givenNames.map((name) => optional('Prenom', name)).join('') +
    optional('Sexe', search.sex) +
    optional('DateNaissance', search.birthDate) +
    optional('LieuNaissance', search.birthPlace) +
    `</insi:RECSANSVITALE>`;
  return soapRequest(ns.searchAction, `uuid:${context.messageId}`, contexts(context), body);
}

function contexts({ messageId, at, emitter, software }: InsiContext): string {
  const time = at.toISOString();
  const idam = software.idam === undefined ? '' : `<ctxlps:IDAM R="4">${xmlText(software.idam)}</ctxlps:IDAM>`;
  return (
    `<ctxbam:ContexteBAM xmlns:ctxbam="${ns.bamContext}" Version="01_02"><ctxbam:Id>${xmlText(messageId)}</ctxbam:Id>` +
    `<ctxbam:Temps>${time}</ctxbam:Temps><ctxbam:Emetteur>${xmlText(emitter)}</ctxbam:Emetteur><ctxbam:COUVERTURE/></ctxbam:ContexteBAM>` +
    `<ctxlps:ContexteLPS xmlns:ctxlps="${ns.lpsContext}" Nature="CTXLPS" Version="01_00"><ctxlps:Id>${xmlText(messageId)}</ctxlps:Id>` +
    `<ctxlps:Temps>${time}</ctxlps:Temps><ctxlps:Emetteur>${xmlText(emitter)}</ctxlps:Emetteur><ctxlps:LPS>${idam}` +
    `<ctxlps:Version>${xmlText(software.version)}</ctxlps:Version><ctxlps:Instance>${xmlText(software.instance)}</ctxlps:Instance>` +
    `<ctxlps:Nom>urn:lps:${xmlText(software.name)}:${xmlText(software.version)}</ctxlps:Nom></ctxlps:LPS></ctxlps:ContexteLPS>`
  );
}

/** A request as the service receives it. */
export interface ReceivedSearch {
  readonly search: InsiSearch;
  readonly messageId: string | null;
}

/** @throws InsiFault INSI_MALFORMED, XML_LIMIT, XML_DTD_FORBIDDEN */
export function parseSearchRequest(bytes: Buffer): ReceivedSearch {
  const { content, messageId } = openSoap(bytes);
  if (content.name !== 'RECSANSVITALE' || content.namespace !== ns.insiSearch)
    throw new InsiFault('INSI_MALFORMED', 'La requête n’est pas une recherche par traits.');
  const said = (name: string) => textOf(content, ns.insiSearch, name);
  const sex = said('Sexe');
  const birthPlace = said('LieuNaissance');
  return {
    messageId,
    search: {
      birthName: demanded(content, 'NomNaissance'),
      givenNames: childrenNamed(content, ns.insiSearch, 'Prenom').map((node) => node.text.trim()),
      sex: sex === 'M' || sex === 'F' ? sex : refuse('Sexe'),
      birthDate: demanded(content, 'DateNaissance'),
      ...(birthPlace === undefined ? {} : { birthPlace }),
    },
  };
}

const demanded = (content: XmlNode, name: string): string => textOf(content, ns.insiSearch, name) ?? refuse(name);

function refuse(name: string): never {
  throw new InsiFault('INSI_MALFORMED', `La recherche INSi ne donne pas ${name}.`);
}
