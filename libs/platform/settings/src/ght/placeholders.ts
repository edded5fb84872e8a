import { isScalar, Scalar, visit, type Document } from 'yaml';

const PLACEHOLDER = /\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}/g;

export interface PlaceholderProblem {
  readonly offset: number;
  readonly textFr: string;
}

/**
 * Replaces `${PFI_NAME}` and `${PFI_NAME:-default}` in the values of the document, in place. Only variables whose name
 * starts with `PFI_` are read: a file must not be able to copy the rest of the environment. An unquoted value that is
 * one placeholder alone is typed again (number, true, false).
 */
export function replacePlaceholders(document: Document, env: NodeJS.ProcessEnv): PlaceholderProblem[] {
  const problems: PlaceholderProblem[] = [];
  visit(document, {
    Scalar(position, node) {
      if (position === 'key' || !isScalar(node) || typeof node.value !== 'string' || !node.value.includes('${')) return;
      const alone = node.type === Scalar.PLAIN && node.value.replace(PLACEHOLDER, '') === '';
      const replaced = node.value.replace(PLACEHOLDER, (_, name: string, fallback: string | undefined) => {
        const value = name.startsWith('PFI_') ? env[name] : undefined;
        if (value !== undefined && value !== '') return value;
        if (fallback !== undefined) return fallback;
        problems.push({ offset: node.range?.[0] ?? 0, textFr: problemOf(name) });
        return '';
      });
      node.value = alone ? retyped(replaced) : replaced;
    },
  });
  return problems;
}

function problemOf(name: string): string {
  return name.startsWith('PFI_')
    ? `la variable ${name} est absente : donnez-la, ou écrivez \${${name}:-valeur}`
    : `la variable ${name} n’est pas lue : seules les variables PFI_… le sont`;
}

function retyped(text: string): string | number | boolean {
  if (/^(0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  return text;
}
