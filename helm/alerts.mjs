// Checks that every metric of the alert rules is one that a service gives, and that every rule says what to do.
// usage: node helm/alerts.mjs
import { globSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const sources = globSync(['libs/**/src/**/*.ts', 'apps/*/src/**/*.ts'], {
  exclude: (path) => path.endsWith('.spec.ts'),
})
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');
const given = new Set(
  [...sources.matchAll(/\.create(Observable)?(Counter|Gauge|UpDownCounter|Histogram)\(\s*'([a-z_]+)'/g)].map(
    ([, , kind, name]) => (kind === 'Counter' ? `${name}_total` : name),
  ),
);

const faults = [];
for (const { rules } of parse(readFileSync('helm/pfi/alerts.yaml', 'utf8')).groups)
  for (const { alert, expr, labels, annotations } of rules) {
    for (const [name] of expr.matchAll(/\b(pfi|process|nodejs)_[a-z_]+/g))
      if (!given.has(name)) faults.push(`${alert}: no service gives ${name}`);
    if (!labels?.severity || !annotations?.summary || !annotations?.description)
      faults.push(`${alert}: severity, summary and description are demanded`);
  }
if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n`);
  process.exit(1);
}
