import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { nx } from '../child.js';
import { failure, success, sum } from '../tally.js';
import type { Tally } from '../tally.js';
import { workspaceRoot } from '../workspace.js';

const RULE = '@nx/enforce-module-boundaries';
/** Packages that no constrained project may import; the first one that its allow-list does not name is tried. */
const foreignPackages = ['express', 'kafkajs', 'pg'];

interface Constraint {
  readonly sourceTag: string;
  readonly onlyDependOnLibsWithTags?: readonly string[];
  readonly allowedExternalImports?: readonly string[];
}

interface RuleOptions {
  readonly depConstraints: readonly Constraint[];
}

interface GraphNode {
  readonly name: string;
  readonly data: {
    readonly root: string;
    readonly tags?: readonly string[];
    readonly metadata?: { readonly js?: { readonly packageName?: string } };
  };
}

interface Probe {
  readonly constraint: Constraint;
  readonly source: GraphNode;
  /** what the source must not import */
  readonly imported: string;
}

/**
 * For each constraint of eslint.config.js, lints an import that it forbids: a rule that stays silent fails. The rule
 * says nothing at all when Nx has no project graph at hand, so that is made first.
 */
export async function checkBoundaries(say: (line: string) => void): Promise<Tally> {
  const nodes = await projectGraph();
  const anyFile = join(workspaceRoot, nodes[0]?.data.root ?? '', 'src', 'boundary-probe.ts');
  const options = await ruleOptions(anyFile);
  const tallies: Tally[] = [uncovered(nodes, options)];
  for (const constraint of options.depConstraints) {
    const probes = probesOf(constraint, nodes);
    if (probes.length === 0) tallies.push(failure(`boundary ${constraint.sourceTag}: no project to try it on`));
    for (const probe of probes) tallies.push(await judge(probe, options, say));
  }
  for (const source of nodes.filter(isPure)) tallies.push(await judgePurity(source, say));
  return sum(tallies);
}

const isPure = (node: GraphNode): boolean =>
  ['type:kernel', 'type:core', 'type:contracts'].some((tag) => tagsOf(node).includes(tag));

/** Nx ignores Node's own modules; another rule keeps the pure projects from them. */
async function judgePurity(source: GraphNode, say: (line: string) => void): Promise<Tally> {
  const title = `purity: ${source.name} must not import node:fs`;
  const found = await messagesOf('no-restricted-imports', source, 'node:fs');
  say(`  ${found.length > 0 ? '✓' : '✗'} ${title}`);
  return found.length > 0 ? success : failure(`${title}, yet the rule is silent`);
}

/** A tag without a constraint would let its projects import anything. */
function uncovered(nodes: readonly GraphNode[], options: RuleOptions): Tally {
  const constrained = new Set(options.depConstraints.map(({ sourceTag }) => sourceTag));
  const bare = nodes.filter((node) => {
    const tags = tagsOf(node);
    return tags.length < 2 || !tags.every((tag) => constrained.has(tag));
  });
  if (bare.length === 0) return success;
  return failure(
    `boundaries: each project needs a type: and a scope: tag that have constraints; not so ${bare.map(({ name }) => name).join(', ')}`,
  );
}

async function projectGraph(): Promise<GraphNode[]> {
  const file = join(workspaceRoot, '.pfi', 'project-graph.json');
  mkdirSync(join(workspaceRoot, '.pfi'), { recursive: true });
  const { code, text } = await nx(['graph', `--file=${file}`, '--open=false']);
  if (code !== 0) throw new Error(`Nx could not make the project graph: ${text.trim()}`);
  const { graph } = JSON.parse(readFileSync(file, 'utf8')) as { graph: { nodes: Record<string, GraphNode> } };
  return Object.values(graph.nodes);
}

async function ruleOptions(file: string): Promise<RuleOptions> {
  const eslint = new ESLint({ cwd: workspaceRoot });
  const config = (await eslint.calculateConfigForFile(file)) as { rules?: Record<string, unknown[]> };
  const [severity, options] = config.rules?.[RULE] ?? [];
  if (severity !== 2 || !options) throw new Error(`${RULE} is not an error in eslint.config.js`);
  return options as RuleOptions;
}

function probesOf(constraint: Constraint, nodes: readonly GraphNode[]): Probe[] {
  const source = nodes.find((node) => tagsOf(node).includes(constraint.sourceTag));
  if (!source) return [];
  const allowedTags = constraint.onlyDependOnLibsWithTags;
  const forbidden = allowedTags
    ? nodes.find((node) => node !== source && !tagsOf(node).some((tag) => allowedTags.includes(tag)))
    : undefined;
  const allowedPackages = constraint.allowedExternalImports;
  const foreign = allowedPackages ? foreignPackages.find((name) => !allowedPackages.includes(name)) : undefined;
  return [forbidden && packageOf(forbidden), foreign].flatMap((imported) =>
    imported ? [{ constraint, source, imported }] : [],
  );
}

/** The rule must speak as configured, and the constraint must do so alone: others could hide that it is dead. */
async function judge(probe: Probe, options: RuleOptions, say: (line: string) => void): Promise<Tally> {
  const { constraint, source, imported } = probe;
  const title = `boundary ${constraint.sourceTag}: ${source.name} must not import ${imported}`;
  const alone = { ...options, depConstraints: [constraint], ignoredCircularDependencies: [['*', '*']] };
  const asConfigured = await messages(probe);
  const byItself = await messages(probe, alone);
  const fires = asConfigured.length > 0 && byItself.some((message) => message.includes(`"${constraint.sourceTag}"`));
  say(`  ${fires ? '✓' : '✗'} ${title}`);
  return fires ? success : failure(`${title}, yet the rule is silent`);
}

const messages = ({ source, imported }: Probe, options?: object): Promise<string[]> =>
  messagesOf(RULE, source, imported, options);

async function messagesOf(rule: string, source: GraphNode, imported: string, options?: object): Promise<string[]> {
  const eslint = new ESLint({
    cwd: workspaceRoot,
    ...(options ? { overrideConfig: [{ files: ['**/*.ts'], rules: { [rule]: ['error', options] } }] } : {}),
  });
  const filePath = join(workspaceRoot, source.data.root, 'src', 'boundary-probe.ts');
  const text = `import * as probe from '${imported}';\n\nexport const probed = probe;\n`;
  const [result] = await eslint.lintText(text, { filePath });
  return (result?.messages ?? []).filter(({ ruleId }) => ruleId === rule).map(({ message }) => message);
}

/** Nx adds tags of its own (`npm:private`). */
const tagsOf = (node: GraphNode): readonly string[] => (node.data.tags ?? []).filter((tag) => !tag.startsWith('npm:'));

function packageOf(node: GraphNode): string {
  return node.data.metadata?.js?.packageName ?? `@pfi/${node.name}`;
}
