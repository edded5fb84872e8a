import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppendLog } from './append-log.js';
import { BlobFile } from './blob-file.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'append-log-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('AppendLog', () => {
  it('has each record in the file when its append resolves, in order, many at a time', async () => {
    const path = join(folder, 'many.jsonl');
    const { log } = await AppendLog.open<number>(path);
    await Promise.all(Array.from({ length: 200 }, (_, index) => log.append(index)));
    expect(readFileSync(path, 'utf8').trimEnd().split('\n').map(Number)).toEqual(
      Array.from({ length: 200 }, (_, index) => index),
    );
    await log.close();
  });

  it('forgets a record that a kill cut short, and goes on after the last whole one', async () => {
    const path = join(folder, 'torn.jsonl');
    const first = await AppendLog.open<string>(path);
    await first.log.append('whole é');
    await first.log.close();
    appendFileSync(path, '"cut sh');
    const second = await AppendLog.open<string>(path);
    expect(second.records).toEqual(['whole é']);
    await second.log.append('next');
    await second.log.close();
    const third = await AppendLog.open<string>(path);
    expect(third.records).toEqual(['whole é', 'next']);
    await third.log.close();
  });
});

describe('BlobFile', () => {
  it('gives back what was put, after a reopening too, whatever a kill left at the end', async () => {
    const path = join(folder, 'blobs.bin');
    const blobs = await BlobFile.open(path);
    const places = await Promise.all(['a', 'bcd', ''].map((text) => blobs.append(Buffer.from(text))));
    await blobs.close();
    appendFileSync(path, 'rest of a killed write');
    const again = await BlobFile.open(path);
    const last = await again.append(Buffer.from('efg'));
    const texts = await Promise.all([...places, last].map(async (place) => (await again.read(place)).toString()));
    expect(texts).toEqual(['a', 'bcd', '', 'efg']);
    await again.close();
  });
});
