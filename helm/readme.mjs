// Writes the table of values of the chart's README from the `# --` comments of values.yaml.
// usage: node helm/readme.mjs [--check]      --check: writes nothing, fails when the README is out of date
import { readFileSync, writeFileSync } from 'node:fs';
import prettier from 'prettier';
import { isMap, isScalar, parseDocument } from 'yaml';

const chart = new URL('pfi/', import.meta.url);
const text = readFileSync(new URL('values.yaml', chart), 'utf8');
const rows = [];
const undocumented = [];

/** The comment stands above its key; the first key of a group keeps it on the group itself. */
function commentOf(pair, parent, first) {
  const comment = pair.key.commentBefore ?? (first ? parent.commentBefore : undefined) ?? '';
  const said = comment.split('\n').flatMap((line) => (line.trim().startsWith('-- ') ? [line.trim().slice(3)] : []));
  return said.join(' ');
}

function walk(map, path) {
  map.items.forEach((pair, index) => {
    const name = [...path, pair.key.value].join('.');
    const said = commentOf(pair, map, index === 0);
    const group = isMap(pair.value) && !pair.value.flow;
    if (said !== '') {
      const value = isScalar(pair.value) ? JSON.stringify(pair.value.value) : group ? '' : pair.value.toString().trim();
      rows.push(`| \`${name}\` | ${value === '' ? '' : `\`${value}\``} | ${said.replaceAll('|', '\\|')} |`);
    } else if (!group) undocumented.push(name);
    if (group && !['resources'].includes(pair.key.value)) walk(pair.value, [...path, pair.key.value]);
  });
}

const document = parseDocument(text);
walk(document.contents, []);
if (undocumented.length > 0) {
  process.stderr.write(`values.yaml: no "# --" comment above ${undocumented.join(', ')}\n`);
  process.exit(1);
}
const readme = new URL('README.md', chart);
const before = readFileSync(readme, 'utf8');
const [head] = before.split('## Values\n');
const style = await prettier.resolveConfig(readme.pathname);
const table = `${head}## Values\n\nGenerated from \`values.yaml\` by \`node helm/readme.mjs\`.\n\n| key | default | what |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
const after = await prettier.format(table, { ...style, parser: 'markdown' });
if (process.argv.includes('--check')) {
  if (before !== after) {
    process.stderr.write('helm/pfi/README.md is out of date: run node helm/readme.mjs\n');
    process.exit(1);
  }
} else writeFileSync(readme, after);
