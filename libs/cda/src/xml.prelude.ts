import { isUtf8 } from 'node:buffer';
import { isSpace } from './xml.characters.js';
import { malformed, tooMuch } from './xml.faults.js';
import type { XmlLimits } from './xml.limits.js';

const declaration =
  /^<\?xml\s+version\s*=\s*(?:"1\.0"|'1\.0')(?:\s+encoding\s*=\s*(?:"([^"]*)"|'([^']*)'))?(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*\?>$/;

/**
 * Checks size, encoding (UTF-8 only, by the bytes and by the declaration) and XML declaration; returns where the content begins.
 * @throws CdaFault CDA_INVALID | XML_LIMIT
 */
export function readPrelude(bytes: Buffer, limits: XmlLimits): number {
  if (bytes.length > limits.documentBytes) throw tooMuch('taille du document');
  if (!isUtf8(bytes)) throw malformed('encodage différent de UTF-8');
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  if (bytes.toString('latin1', start, start + 5) !== '<?xml' || !isSpace(bytes[start + 5])) return start;
  const end = bytes.subarray(start, start + 256).indexOf('?>');
  if (end < 0) throw malformed('déclaration XML');
  const match = declaration.exec(bytes.toString('latin1', start, start + end + 2));
  if (match === null) throw malformed('déclaration XML');
  const encoding = match[1] ?? match[2];
  if (encoding !== undefined && encoding.toUpperCase() !== 'UTF-8') throw malformed('encodage différent de UTF-8');
  return start + end + 2;
}
