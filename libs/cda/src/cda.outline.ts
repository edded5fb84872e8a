import { CdaFault } from './cda.fault.js';
import { defaultXmlLimits } from './xml.limits.js';
import type { XmlLimits } from './xml.limits.js';
import type { ElementSpan } from './xml.outline.js';
import { scanXml } from './xml.scanner.js';
import type { Keep } from './xml.scanner.js';

export const CDA_NAMESPACE = 'urn:hl7-org:v3';

/** Where the parts of a clinical document stand in its bytes. */
export interface CdaOutline {
  readonly root: ElementSpan;
  /** `ClinicalDocument/component`. */
  readonly component: ElementSpan;
  /** `nonXMLBody` or `structuredBody`. */
  readonly body: ElementSpan;
}

const invalid = (textFr: string): CdaFault => new CdaFault('CDA_INVALID', textFr);
const topOfBody: Keep = (_local, depth) => depth <= 3;

/**
 * Scans the document and finds its body.
 * @param keep what is kept besides the body element
 * @throws CdaFault CDA_INVALID | XML_DTD_FORBIDDEN | XML_LIMIT
 */
export function outlineCda(bytes: Buffer, limits?: Partial<XmlLimits>, keep: Keep = topOfBody): CdaOutline {
  const effective = { ...defaultXmlLimits, ...limits };
  const root = scanXml(bytes, effective, keep);
  if (root.local !== 'ClinicalDocument' || root.namespace !== CDA_NAMESPACE) {
    throw invalid('Le document n’est pas un CDA R2 (ClinicalDocument de urn:hl7-org:v3 attendu).');
  }
  const components = root.all('component');
  const component = components[0];
  if (component === undefined) throw invalid('Le CDA n’a pas de corps (component).');
  if (components.length > 1 || root.children.at(-1) !== component) {
    throw invalid('Le CDA a plusieurs corps, ou des éléments après son corps.');
  }
  const bodies = component.children.filter((child) => child.namespace === CDA_NAMESPACE);
  const body = bodies[0];
  if (body === undefined || bodies.length > 1 || !['nonXMLBody', 'structuredBody'].includes(body.local)) {
    throw invalid('Le corps du CDA n’est ni un nonXMLBody ni un structuredBody.');
  }
  if (component.start > effective.headerBytes) {
    throw new CdaFault(
      'XML_LIMIT',
      'Le document dépasse une limite de sécurité : taille de l’en-tête. Vérifier le logiciel émetteur.',
    );
  }
  return { root, component, body };
}
