export { n1Input } from './n1-input.fixture.js';
export { testIns, writeCdaForTests, writeCdaN1ForTests, writeCdaN3ForTests } from './cda.writer.js';
export type { CdaDefect, CdaTestSpec } from './cda.writer.js';
