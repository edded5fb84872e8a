import { randomUUID } from 'node:crypto';
import { independent, MAILBOXES, MailPeers } from '@pfi/platform-mail-peers';
import type { Operator } from './operator.js';

/** Postfix and Dovecot, which know nothing of this platform. */
export async function independentOperator(
  clientAuthority: string,
  certificates: readonly string[],
): Promise<Operator & { readonly peers: MailPeers }> {
  const peers = await MailPeers.start({ clientAuthority, certificates });
  return {
    peers,
    smtpUrl: peers.smtpUrl,
    imapUrl: peers.imapUrl,
    ca: peers.serverAuthority,
    professional: async (state = 'open') =>
      `${state === 'open' ? 'dr.' : MAILBOXES[state]}${randomUUID()}@cabinet.mssante.fr`,
    mails: async (address) => peers.mails(address),
    put: (address, bytes) => independent.deliver(peers.place, address, bytes),
    stop: () => peers.stop(),
  };
}
