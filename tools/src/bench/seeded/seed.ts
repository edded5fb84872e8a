import { Ght, loadGhtFile } from '@pfi/platform-settings';
import { Client } from 'pg';
import { day } from '../../demo/day.js';
import { LiveStage } from '../../demo/live-stage.js';
import { admitted, letter } from '../../demo/stories/stay.js';
import { StackFault } from '../../stack/stack-fault.js';
import type { BenchRun } from '../bench.js';
import { seedPlaces } from './places.js';
import { seedDocuments } from './seed-documents.js';
import { seedIndicators } from './seed-indicators.js';

/** A year of documents and stays of the whole group: one document through the real door, then its clones. */
export async function seed({ stack, say }: BenchRun, rows: number): Promise<void> {
  const place = day[0]?.place;
  if (!place) throw new StackFault('the demonstration has no place of care');
  const stage = new LiveStage(stack);
  try {
    await stage.document(letter(await admitted(stage, place)).message);
  } finally {
    await stage.close();
  }
  const ght = new Ght(loadGhtFile(stack.surroundings.ghtFile, stack.env('documents')));
  const admin = new Client({ connectionString: stack.adminUrl });
  await admin.connect();
  try {
    await seedDocuments(admin, rows, seedPlaces(ght), (line) => say(`  ${line}`));
    await seedIndicators(admin);
    const { rows: sizes } = await admin.query<{ size: string }>(
      `SELECT pg_size_pretty(pg_database_size(current_database())) AS size`,
    );
    say(`  database of ${sizes[0]?.size ?? 'unknown size'}`);
  } finally {
    await admin.end();
  }
}

/** For benches that ask what a document costs when many are there: `--rows`, none by default. */
export const seedIfAsked = async (run: BenchRun): Promise<void> => {
  const rows = run.options.number('rows', 0);
  if (rows > 0) await seed(run, rows);
};
