import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { eventContracts, incompatibilities, payloadSchema } from './dist/index.js';

/** Records the schema of each event version (after a build). A change that a published version may not have is refused. */
for (const contract of eventContracts) {
  const file = new URL(`schemas/${contract.type}.json`, import.meta.url);
  const schema = payloadSchema(contract);
  const problems = existsSync(file) ? incompatibilities(JSON.parse(readFileSync(file, 'utf8')), schema) : [];
  if (problems.length > 0) {
    console.error(`${contract.type}: publish a new version instead\n  ${problems.join('\n  ')}`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
  }
}
