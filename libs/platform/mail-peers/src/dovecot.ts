import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon } from './daemon.js';
import { MAILBOXES } from './mailboxes.js';
import { logExcerpt, NOBODY, type Place } from './place.js';

export interface Holder {
  /** commonName of the certificate, which Dovecot takes as the name of who signs in. */
  readonly commonName: string;
  readonly address: string;
}

/**
 * Starts Dovecot as the mailboxes behind Postfix (LMTP) and their IMAP door: STARTTLS, and a client certificate demanded
 * before any sign-in, EXTERNAL or PLAIN with `password`.
 */
export async function startDovecot(place: Place, holders: readonly Holder[], password: string): Promise<Daemon> {
  const { folder, imapPort } = place;
  const config = join(folder, 'dovecot.conf');
  mkdirSync(join(folder, 'mail'), { mode: 0o700 });
  chownSync(join(folder, 'mail'), NOBODY, NOBODY);
  writeFileSync(config, configuration(place));
  const line = ({ commonName, address }: Holder, secret: string, more = ''): string =>
    `${commonName}:${secret}::::::user=${address}${more}\n`;
  writeFileSync(join(folder, 'by-certificate'), holders.map((one) => line(one, '', ' nopassword')).join(''));
  writeFileSync(join(folder, 'by-password'), holders.map((one) => line(one, `{PLAIN}${password}`)).join(''));
  writeFileSync(join(folder, 'unknown'), `${MAILBOXES.unknown}:::::::\n`);
  writeFileSync(join(folder, 'full'), `${MAILBOXES.full}:::::::userdb_quota_rule=*:bytes=1000\n`);
  return Daemon.start({
    name: 'Dovecot',
    command: 'dovecot',
    args: ['-F', '-c', config],
    outputFile: join(folder, 'dovecot.out'),
    port: imapPort,
    greeting: '* OK',
    excerpt: () => logExcerpt(folder, 'dovecot.log', 'dovecot.out'),
  });
}

const configuration = ({ folder, imapPort }: Place): string => `
protocols = imap lmtp
listen = 127.0.0.1
base_dir = ${folder}/run
state_dir = ${folder}/run
log_path = ${folder}/dovecot.log
first_valid_uid = 1
mail_uid = ${NOBODY}
mail_gid = ${NOBODY}
mail_location = maildir:${folder}/mail/%u
# As they came, so that bytes can be compared.
mail_save_crlf = yes

ssl = required
ssl_cert = <${folder}/server.crt
ssl_key = <${folder}/server.key
ssl_ca = <${folder}/clients-ca.crt
ssl_require_crl = no
ssl_verify_client_cert = yes
ssl_cert_username_field = commonName
auth_ssl_require_client_cert = yes
auth_ssl_username_from_cert = yes
auth_mechanisms = plain external
# Names of organisations, not of accounts.
auth_username_chars =
auth_username_format = %u
auth_failure_delay = 0

passdb {
  driver = passwd-file
  mechanisms = external
  args = scheme=PLAIN username_format=%u ${folder}/by-certificate
}
passdb {
  driver = passwd-file
  mechanisms = plain
  args = scheme=PLAIN username_format=%u ${folder}/by-password
}
# By the beginning of the local part.
userdb {
  driver = passwd-file
  args = username_format=%${MAILBOXES.unknown.length}n ${folder}/unknown
  result_success = return-fail
}
userdb {
  driver = passwd-file
  args = username_format=%${MAILBOXES.full.length}n ${folder}/full
  default_fields = uid=${NOBODY} gid=${NOBODY} home=${folder}/mail/%u
}
userdb {
  driver = static
  args = uid=${NOBODY} gid=${NOBODY} home=${folder}/mail/%u allow_all_users=yes
}

mail_plugins = quota
plugin {
  quota = maildir:all
  quota_rule = *:storage=0
}
service imap-login {
  inet_listener imap {
    port = ${imapPort}
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  unix_listener ${folder}/lmtp {
    user = postfix
    mode = 0600
  }
}
`;
