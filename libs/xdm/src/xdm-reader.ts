import { createHash } from 'node:crypto';
import { parseSubmissionMetadata, XdsFault, type DocumentEntry, type SubmissionSet } from '@pfi/xds';
import { readEntries } from './zip-reader.js';
import { XdmFault } from './xdm-fault.js';
import { xdmFiles } from './xdm-writer.js';

/** Bounds of what is read; counted on what is really inflated, never on what the archive declares. */
export interface XdmLimits {
  /** bytes, of the archive and of all its entries together */
  readonly maxBytes: number;
  readonly maxEntries: number;
  /** Inflated bytes for one byte of the archive. */
  readonly maxRatio: number;
}

export const defaultXdmLimits: XdmLimits = { maxBytes: 100_000_000, maxEntries: 200, maxRatio: 100 };

export interface XdmDocument {
  readonly entry: DocumentEntry;
  readonly content: Buffer;
}

export interface XdmContent {
  readonly submissionSet: SubmissionSet;
  readonly documents: readonly XdmDocument[];
}

/**
 * Reads an IHE_XDM archive of one submission set, in memory: nothing is ever written to a path that the archive names.
 * @throws XdmFault ZIP_UNSAFE_ENTRY, ZIP_LIMIT, XDM_INVALID, XDM_HASH_MISMATCH
 */
export async function readXdm(bytes: Buffer, limits: XdmLimits = defaultXdmLimits): Promise<XdmContent> {
  const files = await readEntries(bytes, limits);
  const metadata = files.get(`${xdmFiles.folder}/${xdmFiles.metadata}`.toUpperCase());
  if (!metadata || !files.has(xdmFiles.index))
    throw new XdmFault('XDM_INVALID', 'L’archive ne contient pas INDEX.HTM et IHE_XDM/SUBSET01/METADATA.XML.');
  const { submissionSet, entries } = parsed(metadata);
  return {
    submissionSet,
    documents: entries.map((entry) => {
      const content = files.get(`${xdmFiles.folder}/${entry.uri ?? ''}`.toUpperCase());
      if (entry.uri === undefined || !content)
        throw new XdmFault('XDM_INVALID', 'Une fiche de l’archive ne désigne aucun de ses fichiers.');
      if (!sameBytes(entry, content))
        throw new XdmFault(
          'XDM_HASH_MISMATCH',
          'Un fichier de l’archive n’est pas celui que décrivent ses métadonnées.',
        );
      return { entry, content };
    }),
  };
}

const sameBytes = ({ hash, size }: DocumentEntry, content: Buffer): boolean =>
  (hash === null || hash === createHash('sha1').update(content).digest('hex')) &&
  (size === null || size === content.length);

function parsed(metadata: Buffer) {
  try {
    return parseSubmissionMetadata(metadata);
  } catch (cause) {
    if (!(cause instanceof XdsFault)) throw cause;
    throw new XdmFault('XDM_INVALID', `Les métadonnées de l’archive sont illisibles : ${cause.textFr}`, { cause });
  }
}
