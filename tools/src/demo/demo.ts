import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { addresses } from '../commands/addresses.js';
import { say, interruption, untilInterrupted, withStack } from '../commands/foreground.js';
import { readSettings } from '../stack/settings.js';
import { shortDelays } from '../stack/short-delays.js';
import type { Stack } from '../stack/stack.js';
import { playDay } from './play-day.js';

/** `npm run demo`: everything up, a day played. With `-- --exit`: checks, prints and stops. */
export async function demo(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { exit: { type: 'boolean', default: false } } });
  say('démarrage de la plateforme');
  return withStack({ settings: { ...shortDelays, ...readSettings() } }, async (stack, interrupted) => {
    say(`prête en ${(performance.now() / 1000).toFixed(1)} s ; une journée de trois établissements commence`);
    const day = await Promise.race([playDay(stack, say), interruption(interrupted)]);
    if (!day) return 130;
    for (const line of day.lines) say(line);
    for (const problem of day.problems) say(`ÉCART : ${problem}`);
    if (day.problems.length === 0) say('\nDMP simulé et émetteurs disent la même chose que l’API.');
    const code = day.problems.length > 0 ? 1 : 0;
    if (values.exit) return code;
    for (const line of whereToLook(stack)) say(line);
    await untilInterrupted(interrupted);
    return code;
  });
}

function whereToLook(stack: Stack): string[] {
  const { id, secret } = stack.machineClient;
  const issuer = `http://127.0.0.1:${stack.ports.simOidc}`;
  return [
    '',
    'Où regarder :',
    ...addresses(stack),
    `  ${'OpenAPI'.padEnd(20)}${['identity', 'documents', 'dmp-gateway', 'mss-gateway', 'indicators'].map((name) => `${stack.url(name)}/openapi.json`).join('  ')}`,
    '',
    'Par exemple, les documents en attente :',
    `  TOKEN=$(curl -s -u ${id}:${secret} -d grant_type=client_credentials ${issuer}/token | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    `  curl -s -H "Authorization: Bearer $TOKEN" '${stack.url('documents')}/api/documents/v1/documents?state=held'`,
    '',
    'Ctrl-C arrête tout.',
  ];
}
