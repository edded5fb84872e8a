// Compares the variables that the rendered chart gives with those that each app reads.
// usage: node helm/environment.mjs <rendered objects>
// `PFI_X_FILE` may stand for `PFI_X`: every variable can be given by file. Fails on a variable that no source file of the
// app or of the platform libraries names.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

const [rendered] = process.argv.slice(2);
if (!rendered) {
  process.stderr.write('usage: node helm/environment.mjs <rendered objects>\n');
  process.exit(64);
}
const namesIn = (files) =>
  new Set(files.flatMap((file) => readFileSync(file, 'utf8').match(/\bPFI_[A-Z0-9_]+/g) ?? []));
const platform = namesIn(globSync('libs/platform/*/src/**/*.ts', { exclude: (path) => path.endsWith('.spec.ts') }));
/** Read through placeholders of the GHT file. */
const placeholders = namesIn(['deploy/ght.example.yaml']);

const faults = [];
for (const document of parseAllDocuments(readFileSync(rendered, 'utf8'))) {
  const object = document.toJS();
  if (!['Deployment', 'Job'].includes(object?.kind)) continue;
  const app = object.metadata.labels['app.kubernetes.io/component'].replace(/-migration$/, '');
  // The console has two rooms; its server is the one that runs.
  const folder = [`apps/${app}/src`, `apps/${app}/server/src`].find((one) => existsSync(`${one}/config.ts`));
  if (!folder) {
    faults.push(`${object.metadata.name}: there is no config.ts in apps/${app}`);
    continue;
  }
  const read = namesIn(globSync(`${folder}/**/*.ts`, { exclude: (path) => path.endsWith('.spec.ts') }));
  for (const { name } of object.spec.template.spec.containers.flatMap((container) => container.env ?? [])) {
    const known = [name, name.replace(/_FILE$/, '')].some(
      (one) => read.has(one) || platform.has(one) || placeholders.has(one),
    );
    if (!known) faults.push(`${object.metadata.name}: ${name} is read by nobody`);
  }
}
if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n`);
  process.exit(1);
}
