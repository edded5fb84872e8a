import type { CdaN1Input } from './cda-n1.model.js';

export declare function buildCdaN1(input: CdaN1Input): Buffer;
