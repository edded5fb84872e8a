import { parts as allParts } from '../stack/environment.js';
import type { PartName } from '../stack/environment.js';
import { StackFault } from '../stack/stack-fault.js';
import { addresses } from './addresses.js';
import { say, untilInterrupted, withStack } from './foreground.js';

/** `node tools/run.mjs stack postgres kafka`: only these parts, for development; prints the addresses tests ask for. */
export async function stack(args: readonly string[]): Promise<number> {
  const parts = args.length > 0 ? args.map(partNamed) : allParts;
  return withStack({ parts, database: 'pfi_test' }, async (running, interrupted) => {
    for (const line of addresses(running)) say(line);
    if (parts.includes('postgres')) say(`export TEST_DATABASE_URL=${running.adminUrl}`);
    if (parts.includes('kafka')) say(`export TEST_KAFKA_BROKERS=${running.kafkaBrokers}`);
    if (parts.includes('greenmail')) say(`export TEST_GREENMAIL_PORT=${running.ports.greenmail}`);
    await untilInterrupted(interrupted);
    return 0;
  });
}

function partNamed(text: string): PartName {
  const part = allParts.find((name) => name === text);
  if (part) return part;
  throw new StackFault(`unknown part "${text}": one of ${allParts.join(', ')}`);
}
