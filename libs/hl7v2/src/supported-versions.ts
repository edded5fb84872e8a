import type { Hl7Message } from './hl7-message.js';

const VERSIONS = new Set(['2.5', '2.5.1', '2.6']);
const PROCESSING_IDS = new Set(['P', 'T', 'D']);

/**
 * MSH-11 and MSH-12. Whether a *source* may send tests is for the application to say.
 * @throws Hl7Fault PROCESSING_ID_UNSUPPORTED, VERSION_UNSUPPORTED
 */
export function requireSupportedVersion(message: Hl7Message): void {
  if (!PROCESSING_IDS.has(message.header.processingId)) {
    throw message.fault(
      'PROCESSING_ID_UNSUPPORTED',
      '202',
      'MSH-11 doit valoir P (production), T (test) ou D (mise au point).',
      'MSH^1^11',
    );
  }
  if (!VERSIONS.has(message.header.version)) {
    throw message.fault(
      'VERSION_UNSUPPORTED',
      '203',
      'Version HL7 (MSH-12) non prise en charge : 2.5 ou 2.6 attendue.',
      'MSH^1^12',
    );
  }
}
