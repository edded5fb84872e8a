import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ght, loadGhtFile } from '@pfi/platform-settings';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import { identitySchema, openDoor, type Door } from './test-door.js';

/** The publisher's own ADT, read where PFI_REFERENCE_DIR says; answers as the design's answer key gives them. */
const reference = process.env['PFI_REFERENCE_DIR'];
if (!reference) throw new Error('PFI_REFERENCE_DIR must name the folder of the official samples');
const root = join(reference, 'hl7v2');
const consents = readdirSync(join(root, 'pam-fr-consentement')).sort();

let test: TestDatabase;
let door: Door;

beforeAll(async () => {
  test = await identitySchema();
  const ght = new Ght(loadGhtFile(fileURLToPath(new URL('../../../deploy/ght.example.yaml', import.meta.url)), {}));
  door = openDoor(await test.open('identity'), ght, 'trial');
});
afterAll(async () => {
  await test?.drop();
});

const send = (file: string) => door.send(readFileSync(join(root, file)));
const patient = async () =>
  (await test.admin<Record<string, unknown>>('SELECT * FROM identity.patient WHERE merged_into IS NULL'))[0];

describe('official ADT, with the example GHT file', () => {
  it.each(consents.map((file) => `pam-fr-consentement/${file}`))('%s: AA, qualified identity', async (file) => {
    expect(await send(file)).toMatchObject([{ code: 'AA' }]);
    const opposition = file.includes('NonRecueillieOpposition')
      ? 'not-collected'
      : file.includes('NonOpposition')
        ? 'none'
        : 'opposed';
    expect(await patient()).toMatchObject({
      owner: 'dom:chu-x',
      status: 'qualifiee',
      ins_matricule: '279035121518989',
      dmp_opposition: opposition,
    });
  });

  it('sgl: admission then exit, AA both; the shifted ZBE is a warning and the stay ends', async () => {
    const [admitted] = await send('sgl/admission.er7');
    const [left] = await send('sgl/sortie.er7');
    expect([admitted?.code, left?.code]).toEqual(['AA', 'AA']);
    const kept = await test.admin('SELECT outcome, code FROM identity.message WHERE control_id = $1', [
      left?.controlId,
    ]);
    expect(kept).toEqual([{ outcome: 'accepted', code: 'ZBE_SHIFTED' }]);
    const stays = await test.admin<Record<string, unknown>>(
      `SELECT owner, state, ended_at, reconstituted FROM identity.stay WHERE number = '000897406'`,
    );
    expect(stays).toEqual([
      { owner: 'ej:000897406', state: 'ended', ended_at: new Date('2024-03-06T10:00:00Z'), reconstituted: false },
    ]);
  });

  it('are one patient, whatever their number', async () => {
    expect(await test.admin('SELECT count(*)::int AS n FROM identity.patient')).toEqual([{ n: 1 }]);
  });
});
