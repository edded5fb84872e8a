import { buildCdaN1, completeIns } from '@pfi/cda';
import type { ArtefactMaking } from '@pfi/documents-core';
import type { Ins, PatientTraits } from '@pfi/health';
import type { DocumentRecord } from './records.js';

/** The person that a document is about: with an INS when it leaves with one, as declared when it does not. */
export interface NamedPatient {
  readonly ins: Ins | null;
  readonly traits: PatientTraits;
}

/**
 * Makes the CDA of a delivery once, at its release (design D2). The result for a given document and identity is always the
 * same bytes.
 * @throws CdaFault when the document does not allow it
 */
export function makeCda(
  making: Exclude<ArtefactMaking, 'as-received'>,
  document: DocumentRecord,
  content: Buffer,
  { ins, traits }: NamedPatient,
): Buffer {
  if (making === 'complete-ins') {
    if (!ins) throw new Error('there is no INS to complete a CDA with');
    return completeIns(content, { ins, traits });
  }
  const template = document.metadata?.n1;
  if (!template) throw new Error('a PDF was stored without the template of its CDA');
  const { localIds, ...rest } = template;
  return buildCdaN1({ ...rest, patient: { ...(ins ? { ins } : {}), traits, localIds }, pdf: content });
}

/** Names an INS inside the platform's own rows. */
export const insText = (ins: Ins): string => `${ins.oid}|${ins.matricule}`;

export function insOfText(text: string): Ins {
  const [oid = '', matricule = ''] = text.split('|');
  return { matricule, oid };
}
