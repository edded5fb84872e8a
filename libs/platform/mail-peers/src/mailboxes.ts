import { execFile } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Place } from './place.js';
import { searchPath } from './system-packages.js';

const run = promisify(execFile);

/** The mailboxes of running peers, from any process: which there are, and what lies in them. */
export class Mailboxes {
  constructor(private readonly place: Place) {}

  /** The tables of both servers, empty; Postfix must be configured. */
  async create(): Promise<void> {
    for (const name of ['mailboxes', 'recipients', 'transport']) writeFileSync(this.file(name), '', { mode: 0o644 });
    await Promise.all(['recipients', 'transport'].map((name) => this.map(name)));
  }

  /** Makes a mailbox. `quotaBytes`: it is full beyond. Known to both servers at once. */
  async open(address: string, { quotaBytes }: { readonly quotaBytes?: number } = {}): Promise<void> {
    const quota = quotaBytes === undefined ? '' : `userdb_quota_rule=*:bytes=${quotaBytes}`;
    appendFileSync(this.file('mailboxes'), `${address}:::::::${quota}\n`);
    appendFileSync(this.file('recipients'), `${address} ok\n`);
    await this.map('recipients');
  }

  /** Postfix takes mail for it, and sends it back under 5.2.1. */
  async close(address: string): Promise<void> {
    appendFileSync(this.file('transport'), `${address} error:5.2.1 mailbox closed\n`);
    await this.map('transport');
  }

  /** Mails as they lie on the disk of Dovecot, oldest first, lines ended by CRLF. */
  mails(address: string): Buffer[] {
    const folders = ['new', 'cur'].map((name) => join(this.place.folder, 'mail', address, name));
    return folders
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => readdirSync(folder).map((name) => ({ name, path: join(folder, name) })))
      .sort((one, other) => one.name.localeCompare(other.name))
      .map(({ path }) => readFileSync(path));
  }

  /** What Postfix wrote. */
  log(): string {
    return readFileSync(this.file('postfix.log'), 'utf8');
  }

  private async map(name: string): Promise<void> {
    await run('postmap', ['-c', this.file('postfix'), `hash:${this.file(name)}`], { env: { PATH: searchPath() } });
  }

  private file(name: string): string {
    return join(this.place.folder, name);
  }
}
