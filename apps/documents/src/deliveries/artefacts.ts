import { buildCdaN1, completeIns } from '@pfi/cda';
import type { KnownIdentity } from '@pfi/documents-core';
import type { Ins } from '@pfi/health';
import type { ArtefactMaking } from '@pfi/documents-core';
import type { DocumentRecord } from './records.js';

/** Bytes that leave, and whether they are those that came in. */
export interface Artefact {
  readonly bytes: Buffer;
  readonly mediaType: string;
}

/**
 * Makes the bytes of a delivery once, at its release (design D2). The result for a given document and identity is always the
 * same bytes.
 */
export function makeArtefact(
  making: Exclude<ArtefactMaking, 'as-received'>,
  document: DocumentRecord,
  content: Buffer,
  identity: KnownIdentity & { readonly ins: Ins },
): Artefact {
  const qualified = { ins: identity.ins, traits: identity.traits };
  if (making === 'complete-ins') return { bytes: completeIns(content, qualified), mediaType: 'text/xml' };
  const template = document.metadata?.n1;
  if (!template) throw new Error('a PDF was stored without the template of its CDA');
  const { localIds, ...rest } = template;
  return {
    bytes: buildCdaN1({ ...rest, patient: { ...qualified, localIds }, pdf: content }),
    mediaType: 'text/xml',
  };
}

/** Names an INS inside the platform's own rows. */
export const insText = (ins: Ins): string => `${ins.oid}|${ins.matricule}`;

export function insOfText(text: string): Ins {
  const [oid = '', matricule = ''] = text.split('|');
  return { matricule, oid };
}
