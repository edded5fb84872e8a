import { MllpStrategy, type MllpRejection } from '@pfi/platform-mllp';

interface MllpSettings {
  readonly PFI_MLLP_PORT: number;
  readonly PFI_MLLP_TLS_CERT_FILE?: string | undefined;
  readonly PFI_MLLP_TLS_KEY_FILE?: string | undefined;
  readonly PFI_MLLP_TLS_CLIENT_CA_FILE?: string | undefined;
}

/** The MLLP listener that the environment describes: TLS as soon as a certificate and its key are given. */
export function mllpListener(
  settings: MllpSettings,
  reject: (rejection: MllpRejection) => void | Promise<void>,
): MllpStrategy {
  const { PFI_MLLP_TLS_CERT_FILE: cert, PFI_MLLP_TLS_KEY_FILE: key, PFI_MLLP_TLS_CLIENT_CA_FILE: clientCa } = settings;
  return new MllpStrategy({
    port: settings.PFI_MLLP_PORT,
    reject,
    laneOf: senderOf,
    ...(cert && key ? { tls: { cert, key, ...(clientCa ? { clientCa } : {}) } } : {}),
  });
}

const HEADER_BYTES = 512;

/** MSH-3 and MSH-4 as written: messages of one application are taken in their order of arrival (design D6). */
function senderOf(bytes: Buffer): string {
  const start = Math.max(bytes.subarray(0, HEADER_BYTES).indexOf('MSH'), 0);
  const header = bytes.toString('latin1', start, start + HEADER_BYTES);
  return header.split(header.charAt(3), 4).slice(2).join('|');
}
