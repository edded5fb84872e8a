import type { ElementSpan } from './xml.outline.js';

/** A plain copy of an element, of one namespace. Attributes without namespace only. */
export interface TreeElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly TreeElement[];
  /** The whole string value, comments and CDATA marks taken away, ends trimmed. */
  readonly text: string;
}

/** Which children are worth copying. */
export type Wanted = (name: string, parent: string) => boolean;

/** Copies the wanted elements of the root's namespace out of what a scan kept. */
export function treeOf(element: ElementSpan, wanted: Wanted, namespace = element.namespace): TreeElement {
  const children: TreeElement[] = [];
  for (const child of element.children) {
    if (child.namespace === namespace && wanted(child.local, element.local))
      children.push(treeOf(child, wanted, namespace));
  }
  return { name: element.local, attributes: element.plainAttributes(), children, text: element.text().trim() };
}

export function childrenOf(element: TreeElement | undefined, name: string): TreeElement[] {
  return element === undefined ? [] : element.children.filter((child) => child.name === name);
}

/** First descendant along a path of names. */
export function descend(element: TreeElement | undefined, ...path: readonly string[]): TreeElement | undefined {
  let current = element;
  for (const name of path) current = current?.children.find((child) => child.name === name);
  return current;
}

/** Value of an attribute, undefined when absent or empty. */
export function attributeOf(element: TreeElement | undefined, name: string): string | undefined {
  const value = element?.attributes.get(name)?.trim();
  return value === '' ? undefined : value;
}
