import { fromBuffer, type Entry, type ZipFile } from 'yauzl';
import { XdmFault } from './xdm-fault.js';
import type { XdmLimits } from './xdm-reader.js';

const unsafe = (): XdmFault =>
  new XdmFault(
    'ZIP_UNSAFE_ENTRY',
    'L’archive contient un nom de fichier dangereux ou en double : elle n’est pas ouverte.',
  );
const beyond = (): XdmFault =>
  new XdmFault(
    'ZIP_LIMIT',
    'L’archive dépasse les limites permises (taille, nombre de fichiers, chiffrement) : elle n’est pas ouverte.',
  );

/** Contents of a zip by upper-case name. @throws XdmFault ZIP_UNSAFE_ENTRY, ZIP_LIMIT, XDM_INVALID */
export async function readEntries(bytes: Buffer, limits: XdmLimits): Promise<Map<string, Buffer>> {
  if (bytes.length > limits.maxBytes) throw beyond();
  const zip = await opened(bytes);
  try {
    if (zip.entryCount > limits.maxEntries) throw beyond();
    const files = new Map<string, Buffer>();
    let total = 0;
    for (let entry = await next(zip); entry; entry = await next(zip)) {
      if (files.size >= limits.maxEntries) throw beyond();
      const name = safeName(entry, bytes);
      if (files.has(name)) throw unsafe();
      if (name.endsWith('/')) continue;
      if (/\.(ZIP|JAR|7Z|GZ|RAR)$/.test(name)) throw beyond();
      const content = await contentOf(zip, entry, {
        room: limits.maxBytes - total,
        ratio: limits.maxRatio * Math.max(entry.compressedSize, 1_000),
      });
      total += content.length;
      files.set(name, content);
    }
    return files;
  } catch (cause) {
    if (cause instanceof XdmFault) throw cause;
    throw new XdmFault('XDM_INVALID', 'L’archive est illisible.', { cause });
  } finally {
    zip.close();
  }
}

const opened = (bytes: Buffer): Promise<ZipFile> =>
  new Promise((resolve, reject) => {
    // Names are judged here, the same way for every platform.
    fromBuffer(bytes, { lazyEntries: true, strictFileNames: true, validateEntrySizes: true }, (error, zip) => {
      if (error)
        reject(new XdmFault('XDM_INVALID', 'La pièce jointe n’est pas une archive lisible.', { cause: error }));
      else resolve(zip);
    });
  });

const next = (zip: ZipFile): Promise<Entry | undefined> =>
  new Promise((resolve, reject) => {
    const done =
      <T>(settle: (value: T) => void) =>
      (value: T): void => {
        zip.removeAllListeners('entry').removeAllListeners('end').removeAllListeners('error');
        settle(value);
      };
    zip.once('entry', done(resolve));
    zip.once(
      'end',
      done(() => resolve(undefined)),
    );
    zip.once(
      'error',
      done((error: Error) => reject(/invalid|absolute|relative/i.test(error.message) ? unsafe() : error)),
    );
    zip.readEntry();
  });

const symbolicLink = 0o120000;
const fileType = 0o170000;

function safeName(entry: Entry, bytes: Buffer): string {
  const name = entry.fileName;
  const mode = entry.externalFileAttributes >>> 16;
  if (/[\\:\u0000-\u001f]|^\/|(^|\/)\.\.?(\/|$)/.test(name) || (mode & fileType) === symbolicLink) throw unsafe();
  if (entry.isEncrypted()) throw beyond();
  // What other readers see is the local header: the two must say the same.
  const at = entry.relativeOffsetOfLocalHeader;
  if (bytes.readUInt32LE(at) !== 0x04034b50) throw unsafe();
  const local = bytes.subarray(at + 30, at + 30 + bytes.readUInt16LE(at + 26));
  if (!local.equals(entry.fileNameRaw)) throw unsafe();
  return name.toUpperCase();
}

async function contentOf(
  zip: ZipFile,
  entry: Entry,
  { room, ratio }: { readonly room: number; readonly ratio: number },
): Promise<Buffer> {
  const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    zip.openReadStream(entry, (error, readable) => (error ? reject(error) : resolve(readable)));
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > room || size > ratio) throw beyond();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
