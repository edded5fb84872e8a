import type { CdaDocument } from './cda.model.js';
import type { XmlLimits } from './xml.scanner.js';

export declare function readCda(bytes: Buffer, limits?: Partial<XmlLimits>): CdaDocument;
