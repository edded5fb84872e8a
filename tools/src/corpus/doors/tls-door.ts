import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { testAuthority } from '@pfi/platform-testing';
import type { PlatformApi } from '../../demo/player/index.js';
import type { Stack } from '../../stack/stack.js';
import { MllpDoor } from './mllp-door.js';

/** The application that must show its certificate at this door. */
const SOURCE = 'dpi-a';

/** One more instance of `documents`, whose MLLP door demands client certificates. */
export async function tlsDoor(
  stack: Stack,
  api: PlatformApi,
): Promise<{ readonly door: MllpDoor; readonly name: string }> {
  const [authority, other] = await Promise.all([testAuthority('Corpus'), testAuthority('Autre')]);
  const [server, own, stranger, foreign] = await Promise.all([
    authority.issue('localhost'),
    authority.issue('dpi-a'),
    authority.issue('un-autre'),
    other.issue('dpi-a'),
  ]);
  const folder = join(stack.stateDir, 'secrets');
  const kept = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const { fingerprint256 } = new X509Certificate(own.cert);
  const name = await stack.startReplica('documents', {
    PFI_GHT_FILE: kept('ght-tls.yaml', demanding(readFileSync(stack.surroundings.ghtFile, 'utf8'), fingerprint256)),
    PFI_MLLP_TLS_CERT_FILE: kept('mllp.crt', server.cert),
    PFI_MLLP_TLS_KEY_FILE: kept('mllp.key', server.key),
    PFI_MLLP_TLS_CLIENT_CA_FILE: kept('mllp-clients.crt', authority.cert),
  });
  const shown = { own, stranger, foreign };
  const door = new MllpDoor({
    ...{ port: stack.mllpPort(name), api, service: 'documents' as const },
    tls: (certificate = 'own'): ConnectionOptions | undefined => {
      if (certificate === 'clear') return undefined;
      return { ca: authority.cert, servername: 'localhost', ...(certificate === 'none' ? {} : shown[certificate]) };
    },
  });
  return { door, name };
}

/** The same group, in which one application is known by its certificate. */
function demanding(ghtFile: string, fingerprint: string): string {
  const entry = `  - key: ${SOURCE}\n`;
  if (!ghtFile.includes(entry)) throw new Error(`the GHT file declares no source ${SOURCE}`);
  return ghtFile.replace(entry, `${entry}    clientCertificates: ['${fingerprint}']\n`);
}
