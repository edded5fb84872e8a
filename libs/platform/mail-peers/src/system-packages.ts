import { execFile } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const PACKAGES = ['postfix', 'dovecot-imapd', 'dovecot-lmtpd'] as const;
/** Dovecot's two doors are packages of their own. */
const DOVECOT_SERVICES = ['imap', 'lmtp'] as const;
const DOVECOT_FOLDERS = ['/usr/lib/dovecot', '/usr/libexec/dovecot'] as const;
const POLICY = '/usr/sbin/policy-rc.d';
const INSTALL_MS = 5 * 60_000;

/** Servers live in sbin folders, which the PATH of an ordinary account may lack. */
export const searchPath = (): string =>
  [process.env['PATH'] ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin'].join(delimiter);

const isFound = (program: string): boolean =>
  searchPath()
    .split(delimiter)
    .some((folder) => existsSync(join(folder, program)));

const isInstalled = (): boolean =>
  ['postconf', 'dovecot'].every(isFound) &&
  DOVECOT_SERVICES.every((name) => DOVECOT_FOLDERS.some((folder) => existsSync(join(folder, name))));

/**
 * Makes the machine able to run the peers: installs Postfix and Dovecot where they are absent and the account may.
 * @returns undefined when they can run, else one sentence that says what is missing
 */
export async function prepareMailPeers(say: (line: string) => void): Promise<string | undefined> {
  if (process.platform !== 'linux') return `Postfix and Dovecot are run on Linux only, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'Postfix drops privileges and must be started by root: run the tests as root';
  if (!isFound('python3')) return 'python3 reads the mails independently and was not found: install it';
  if (isInstalled()) return undefined;
  const names = PACKAGES.join(' ');
  if (!isFound('apt-get')) return `Postfix or Dovecot is absent, and apt-get too: install ${names} by hand`;
  say(`installing ${names} (apt-get)`);
  try {
    await install();
    return undefined;
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    const line = stderr.split('\n').find((candidate) => candidate.startsWith('E: ')) ?? message.split('\n')[0];
    return `apt-get could not install ${names}: ${line}`;
  }
}

async function install(): Promise<void> {
  const env = { ...process.env, PATH: searchPath(), DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, timeout: INSTALL_MS, maxBuffer: 1 << 26 };
  // Package scripts ask this one before they start a service.
  const ours = !existsSync(POLICY);
  if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    // A list that cannot be renewed may still be good enough.
    await run('apt-get', ['update'], options).catch(() => undefined);
    const preset = run('debconf-set-selections', options);
    preset.child.stdin?.end('postfix postfix/main_mailer_type select No configuration\n');
    await preset;
    // Another mail server of the machine is never taken away for a test.
    await run('apt-get', ['install', '-y', '--no-install-recommends', '--no-remove', ...PACKAGES], options);
  } finally {
    if (ours) rmSync(POLICY, { force: true });
  }
}
