import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@pfi/platform-testing';
import { MailboxContents, StoreRefusal, type ImapStore } from './mailbox-contents.js';

/** Says no to a mail as often as its text says, and holds the others. */
class ReluctantStore implements ImapStore {
  readonly held: string[] = [];
  readonly #asked = new Map<string, number>();

  async append(_address: string, raw: Buffer): Promise<void> {
    const text = raw.toString();
    const asked = (this.#asked.get(text) ?? 0) + 1;
    this.#asked.set(text, asked);
    if (asked <= Number(/refused (\d+)/.exec(text)?.[1] ?? 0)) throw new StoreRefusal('NO');
    this.held.push(text);
  }

  close(): void {}
}

describe('the contents of the operator’s mailboxes', () => {
  let folder: string;
  let store: ReluctantStore;
  let contents: MailboxContents;
  const put = (text: string) => contents.put('pfi@chx.mssante.fr', Buffer.from(text));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mailbox-contents-'));
    store = new ReluctantStore();
    contents = await MailboxContents.open(folder, store);
  });
  afterEach(async () => {
    await contents.close();
    await rm(folder, { recursive: true });
  });

  it('come to a store that first refused them', async () => {
    await put('refused 2 times');
    await put('welcome');
    await eventually(async () => expect(store.held).toEqual(['refused 2 times', 'welcome']));
  });

  it('are not held back by a mail that the store never takes, and are not offered again', async () => {
    await put('refused 99 times');
    await put('welcome');
    await eventually(async () => expect(store.held).toEqual(['welcome']), { timeoutMs: 20_000 });
    await contents.close();
    expect(await readFile(join(folder, 'mailbox-contents.jsonl'), 'utf8')).toContain('"refused":"Error: NO"');
    const next = new ReluctantStore();
    contents = await MailboxContents.open(folder, next);
    await put('after');
    await eventually(async () => expect(next.held).toEqual(['after']));
  });
});
