import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../child.js';
import { failure, nothing, success, sum } from '../tally.js';
import type { Tally } from '../tally.js';
import { workspaceRoot } from '../workspace.js';

const chart = 'helm/pfi';

/** Lints the chart, renders it with its defaults and each of `helm/pfi/ci/*.yaml`, and validates what it renders. */
export async function checkHelm(say: (line: string) => void): Promise<Tally> {
  const helm = await tool('helm', 'PFI_HELM', ['version', '--short']);
  if (!helm) {
    say('helm checks: not run (no helm on the PATH; PFI_HELM may name it)');
    return nothing;
  }
  if (!existsSync(join(workspaceRoot, chart))) return failure(`${chart} is missing`);
  const schemas = process.env['PFI_KUBE_SCHEMAS'];
  const kubeconform = await tool('kubeconform', 'PFI_KUBECONFORM', ['-v']);
  if (!kubeconform || !schemas) {
    say(
      'kubeconform: not run (needs kubeconform on the PATH or in PFI_KUBECONFORM, and PFI_KUBE_SCHEMAS, the folder of schemas)',
    );
  }
  const valuesFiles = globSync(`${chart}/ci/*.yaml`, { cwd: workspaceRoot }).sort();
  const tallies: Tally[] = [];
  for (const values of valuesFiles.length > 0 ? valuesFiles : [undefined]) {
    const with_ = values ? ['-f', values] : [];
    tallies.push(verdict(`helm lint ${values ?? ''}`, await run(helm, ['lint', '--strict', chart, ...with_])));
    const rendered = await run(helm, ['template', 'pfi', chart, ...with_]);
    tallies.push(verdict(`helm template ${values ?? ''}`, rendered));
    if (kubeconform && schemas && rendered.code === 0) {
      tallies.push(await conforms(kubeconform, schemas, rendered.text, values));
    }
  }
  return sum(tallies);
}

async function conforms(
  kubeconform: string,
  schemas: string,
  rendered: string,
  values: string | undefined,
): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'pfi-helm-'));
  try {
    const file = join(folder, 'rendered.yaml');
    writeFileSync(file, rendered);
    const location = schemas.includes('{{') ? schemas : `${schemas}/{{ .ResourceKind }}{{ .KindSuffix }}.json`;
    return verdict(
      `kubeconform ${values ?? ''}`,
      await run(kubeconform, ['-strict', '-summary', '-schema-location', location, file]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tool(name: string, variable: string, probe: readonly string[]): Promise<string | undefined> {
  const file = process.env[variable] ?? name;
  return (await run(file, probe)).code === 127 ? undefined : file;
}

function verdict(title: string, { code, text }: { code: number; text: string }): Tally {
  return code === 0 ? success : failure(`${title.trim()}\n${text.trim()}`);
}
