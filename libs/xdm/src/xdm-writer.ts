import { createHash } from 'node:crypto';
import { buildSubmissionMetadata, type DocumentEntry, type SubmissionSet } from '@pfi/xds';
import { ZipFile } from 'yazl';
import { useNativeCrc32 } from './native-crc32.js';

useNativeCrc32();

/** Names of the files (IHE XDM: upper case, 8.3). */
export const xdmFiles = {
  index: 'INDEX.HTM',
  readme: 'README.TXT',
  folder: 'IHE_XDM/SUBSET01',
  metadata: 'METADATA.XML',
  cda: 'DOC00001.XML',
  pdf: 'DOC00001.PDF',
} as const;

/** Extra metadata « action » (CI-SIS, interop §1.2, §6.2): C replaces an earlier mail, D withdraws it. */
export type XdmAction = 'C' | 'D';

export interface XdmSubmission {
  readonly submissionSet: SubmissionSet;
  /** Of the CDA; hash and size are those of `cda`, whatever is said here. */
  readonly entry: DocumentEntry;
  readonly cda: Buffer;
  /** The same document for a reader's eyes. */
  readonly pdf: Buffer | null;
  readonly action: XdmAction | null;
  /** Name of the slot that says the action: not settled by the published sources. */
  readonly actionSlot: string;
}

/** Zip times carry no zone and say nothing here: fixed, so that the same submission gives the same bytes. */
const mtime = new Date(2000, 0, 1);

/** Smaller files are stored as they are: deflating a document that is mostly base64 costs more than the quarter that it spares. */
const STORED_BYTES = 128 * 1024;

/** IHE_XDM.ZIP of one document. The same submission always gives the same bytes. */
export async function writeXdm(submission: XdmSubmission): Promise<Buffer> {
  const { submissionSet, cda, pdf, action, actionSlot } = submission;
  const entry: DocumentEntry = {
    ...submission.entry,
    uri: xdmFiles.cda,
    hash: createHash('sha1').update(cda).digest('hex'),
    size: cda.length,
    ...(action === null ? {} : { extra: { [actionSlot]: [action] } }),
  };
  const zip = new ZipFile();
  const add = (name: string, content: Buffer, compress = content.length > STORED_BYTES): void =>
    zip.addBuffer(content, name, { mtime, mode: 0o100644, compress });
  add(xdmFiles.index, Buffer.from(indexPage(pdf !== null)));
  add(xdmFiles.readme, Buffer.from(readme));
  add(`${xdmFiles.folder}/${xdmFiles.metadata}`, Buffer.from(buildSubmissionMetadata(submissionSet, [entry])));
  add(`${xdmFiles.folder}/${xdmFiles.cda}`, cda);
  // A PDF is compressed already.
  if (pdf) add(`${xdmFiles.folder}/${xdmFiles.pdf}`, pdf, false);
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const indexPage = (hasPdf: boolean): string => `<!DOCTYPE html>
<html lang="fr"><head><meta charset="UTF-8"><title>Document de santé</title></head><body>
<h1>Document de santé (IHE XDM)</h1>
<ul>
<li><a href="${xdmFiles.folder}/${xdmFiles.cda}">Document structuré (CDA R2)</a></li>
${hasPdf ? `<li><a href="${xdmFiles.folder}/${xdmFiles.pdf}">Document lisible (PDF)</a></li>\n` : ''}<li><a href="${xdmFiles.folder}/${xdmFiles.metadata}">Métadonnées</a></li>
</ul>
<p><a href="${xdmFiles.readme}">À propos de cette archive</a></p>
</body></html>
`;

const readme = `Archive IHE XDM (Cross-enterprise Document Media Interchange), contenu du volet Échange de documents de santé du CI-SIS.\r
IHE_XDM/SUBSET01/METADATA.XML : métadonnées du lot et du document.\r
IHE_XDM/SUBSET01/DOC00001.XML : le document, au format CDA R2.\r
IHE_XDM/SUBSET01/DOC00001.PDF : le même document, lisible, s'il est joint.\r
`;
