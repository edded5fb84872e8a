import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MailPeers } from '@pfi/platform-mail-peers';
import { loadGhtFile } from '@pfi/platform-settings';
import { ensureTestPki, startStack } from '@pfi/tools';
import { PLACE_VARIABLE } from './mail-peers-place.js';
import { ADDRESS_VARIABLE } from './platform-address.js';
import { RunningPlatform, workspace } from './running-platform.js';
import './start-platform.js';

declare global {
  var mailPeers: MailPeers | undefined;
}

/** All that mail needs; rates and pages are the subject of other journeys. */
const parts = ['postgres', 'kafka', 'national-sim', 'identity', 'documents', 'dmp-gateway', 'mss-gateway'] as const;

/** Jest's global setup: the platform unchanged but for settings, with Postfix and Dovecot in place of the simulated operator. */
export default async function startMailPeers(): Promise<void> {
  const stateDir = join(workspace, '.pfi', 'e2e-mail-peers');
  // Ends and removes what an earlier run left there; refuses when one still runs.
  await (await startStack({ stateDir, fresh: true, parts: [], ports: 'free', settings: {} })).close();
  // The peers must know the certificates of the mailboxes before they start.
  const secretsDir = join(stateDir, 'secrets', 'services');
  const { legalEntities } = loadGhtFile(join(workspace, 'deploy/ght.example.yaml'), {});
  const { caFile } = await ensureTestPki(secretsDir, legalEntities);
  const names = legalEntities.flatMap(({ mailbox }) => (mailbox ? [mailbox.certificate] : []));
  const peers = await MailPeers.start({
    clientAuthority: readFileSync(caFile, 'utf8'),
    certificates: names.map((name) => readFileSync(join(secretsDir, name, 'tls.crt'), 'utf8')),
  });
  globalThis.mailPeers = peers;
  try {
    globalThis.runningPlatform = await RunningPlatform.start({
      stateDir,
      fresh: false,
      parts,
      settings: {
        PFI_MSS_SMTP_URL: peers.smtpUrl,
        PFI_MSS_IMAP_URL: peers.imapUrl,
        PFI_MSS_CA_FILE: peers.serverAuthorityFile,
      },
    });
  } catch (error) {
    await peers.stop();
    throw error;
  }
  process.env[ADDRESS_VARIABLE] = JSON.stringify(globalThis.runningPlatform.address);
  process.env[PLACE_VARIABLE] = JSON.stringify(peers.place);
}
