import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon } from './daemon.js';
import { MAILBOXES } from './mailboxes.js';
import { logExcerpt, type Place } from './place.js';
import { searchPath } from './system-packages.js';

export interface Customer {
  /** SHA-256 of the certificate, in Postfix's form: `AB:CD:…`. */
  readonly fingerprint: string;
  readonly address: string;
}

/** Largest mail, in bytes (ECO.1.2.7). */
const MESSAGE_LIMIT = 25_000_000;

/**
 * Writes the configuration of an MSSanté operator: STARTTLS and a known client certificate demanded, which sends under its own
 * address only; real DSN. No system-wide setting is used or changed.
 */
export function configurePostfix(place: Place, customers: readonly Customer[], domains: Domains): void {
  const config = join(place.folder, 'postfix');
  mkdirSync(config);
  writeFileSync(join(config, 'main.cf'), mainCf(place, customers, domains));
  writeFileSync(join(config, 'master.cf'), masterCf(place.smtpPort));
  const beginning = (text: string): string => `/^${text.replace('.', '\\.')}/`;
  writeFileSync(join(config, 'recipients'), `if !${beginning(MAILBOXES.unknown)}\n/@/ ok\nendif\n`);
  writeFileSync(join(config, 'closed'), `${beginning(MAILBOXES.closed)} FILTER error:5.2.1 mailbox closed\n`);
  writeFileSync(
    join(config, 'customers'),
    customers.map(({ fingerprint }, index) => `${fingerprint} customer${index}\n`).join(''),
  );
  prepareQueue(join(place.folder, 'queue'), join(place.folder, 'postfix-data'));
}

/** The kernel forgets that it should end Postfix with us, since Postfix changes its account: a shell in between remembers. */
const UNTIL_TERM = '"$0" -c "$1" & trap "kill $!" TERM; wait $!; wait $!';

/** Resolves when it greets. */
export function startPostfix({ folder, smtpPort }: Place): Promise<Daemon> {
  const daemons = execFileSync('postconf', ['-d', '-h', 'daemon_directory'], { env: { PATH: searchPath() } });
  return Daemon.start({
    name: 'Postfix',
    command: 'sh',
    args: ['-c', UNTIL_TERM, join(daemons.toString().trim(), 'master'), join(folder, 'postfix')],
    outputFile: join(folder, 'postfix.out'),
    port: smtpPort,
    greeting: '220 ',
    excerpt: () => logExcerpt(folder, 'postfix.log', 'postfix.out'),
  });
}

export interface Domains {
  /** Mailboxes of this operator: an unknown one is refused at RCPT. */
  readonly own: readonly string[];
  /** Taken for anyone, then handed to the server behind: what that one refuses comes back. */
  readonly relayed: readonly string[];
}

function mainCf({ folder }: Place, customers: readonly Customer[], domains: Domains): string {
  const settings: Record<string, string> = {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'postfix-data'),
    maillog_file: join(folder, 'postfix.log'),
    maillog_file_prefixes: folder,
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    myhostname: 'mx.operateur.mssante.fr',
    mydestination: '',
    mynetworks: '',
    alias_maps: '',
    disable_dns_lookups: 'yes',
    smtpd_peername_lookup: 'no',
    // A notice is delivered like any mail, and never told to a postmaster.
    notify_classes: '',
    message_size_limit: String(MESSAGE_LIMIT),
    mailbox_size_limit: '0',
    virtual_mailbox_limit: '0',
    smtpd_tls_security_level: 'encrypt',
    smtpd_tls_req_ccert: 'yes',
    smtpd_tls_cert_file: join(folder, 'server.crt'),
    smtpd_tls_key_file: join(folder, 'server.key'),
    smtpd_tls_CAfile: join(folder, 'clients-ca.crt'),
    smtpd_tls_fingerprint_digest: 'sha256',
    smtpd_tls_received_header: 'yes',
    smtpd_tls_loglevel: '1',
    smtpd_delay_reject: 'no',
    smtpd_helo_required: 'yes',
    smtpd_restriction_classes: customers.map((_customer, index) => `customer${index}`).join(' '),
    smtpd_sender_restrictions: `check_ccert_access texthash:${join(folder, 'postfix', 'customers')}, reject`,
    ...Object.fromEntries(
      customers.map(({ address }, index) => [
        `customer${index}`,
        `check_sender_access inline:{ {${address} = OK} }, reject`,
      ]),
    ),
    access_map_reject_code: '550',
    smtpd_reject_footer: '',
    smtpd_relay_restrictions: 'reject_unauth_destination',
    virtual_mailbox_domains: domains.own.join(' '),
    virtual_mailbox_maps: `regexp:${join(folder, 'postfix', 'recipients')}`,
    virtual_transport: `lmtp:unix:${join(folder, 'lmtp')}`,
    unknown_virtual_mailbox_reject_code: '550',
    // Dovecot speaks of no DSN: told here where a delivery is the last one.
    lmtp_assume_final: 'yes',
    relay_domains: domains.relayed.join(' '),
    relay_transport: `elsewhere:unix:${join(folder, 'lmtp')}`,
    // Refused by the queue, after it was taken.
    smtpd_recipient_restrictions: `check_recipient_access regexp:${join(folder, 'postfix', 'closed')}`,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

/** The services of a plain Postfix, none in a changed root: our folder is not laid out as one. */
const masterCf = (smtpPort: number): string => `
127.0.0.1:${smtpPort} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
elsewhere unix - - n - - lmtp -o lmtp_assume_final=no
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
`;

/** What the package's own script makes under /var/spool/postfix. */
function prepareQueue(queue: string, data: string): void {
  const folders = (owner: string, group: string, mode: string, paths: readonly string[]): void => {
    execFileSync('install', ['-d', '-o', owner, '-g', group, '-m', mode, ...paths]);
  };
  const inQueue = (...names: string[]): string[] => names.map((name) => join(queue, name));
  folders('root', 'root', '755', [queue, join(queue, 'pid')]);
  const names = ['active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold', 'incoming', 'saved', 'trace'];
  folders('postfix', 'root', '700', [...inQueue(...names, 'private'), data]);
  folders('postfix', 'postdrop', '730', inQueue('maildrop'));
  folders('postfix', 'postdrop', '710', inQueue('public'));
}
