export { testIns, writeCdaForTests, writeCdaN1ForTests, writeCdaN3ForTests } from './cda.writer.js';
export type { CdaDefect, CdaTestSpec } from './cda.writer.js';
