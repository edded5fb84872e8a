import { attributeText, characterData, decodeReferences } from './xml.references.js';

export interface AttributeSpan {
  readonly name: string;
  readonly valueStart: number;
  readonly valueEnd: number;
}

export interface TextSpan {
  readonly start: number;
  readonly end: number;
  readonly cdata: boolean;
}

/** Where an element stands in the bytes: `[start, end)`, its content in `[contentStart, contentEnd)`. */
export class ElementSpan {
  readonly children: ElementSpan[] = [];
  readonly texts: TextSpan[] = [];
  contentEnd: number;
  end: number;

  constructor(
    private readonly bytes: Buffer,
    /** Empty or ending with a colon. */
    readonly prefix: string,
    readonly local: string,
    readonly namespace: string,
    readonly depth: number,
    readonly parent: ElementSpan | null,
    readonly start: number,
    readonly contentStart: number,
    readonly selfClosed: boolean,
    private readonly attributes: readonly AttributeSpan[],
  ) {
    this.contentEnd = contentStart;
    this.end = contentStart;
  }

  get qualifiedName(): string {
    return this.prefix + this.local;
  }

  attribute(name: string): string | undefined {
    const span = this.attributes.find((candidate) => candidate.name === name);
    return span && decodeReferences(this.bytes.toString('utf8', span.valueStart, span.valueEnd));
  }

  /** Attributes without namespace, by name, as a parser gives them. */
  plainAttributes(): Map<string, string> {
    const plain = new Map<string, string>();
    for (const { name, valueStart, valueEnd } of this.attributes) {
      if (name === 'xmlns' || name.includes(':')) continue;
      plain.set(name, attributeText(this.bytes.toString('utf8', valueStart, valueEnd)));
    }
    return plain;
  }

  /** The whole string value of its own character data, as a parser gives it: comments and CDATA marks taken away. */
  text(): string {
    let text = '';
    for (const { start, end, cdata } of this.texts)
      text += characterData(this.bytes.toString('utf8', start, end), cdata);
    return text;
  }

  /** No character data of its own but white space; comments do not count. */
  isBlank(): boolean {
    return this.texts.every(({ start, end }) => this.bytes.toString('latin1', start, end).trim() === '');
  }

  /** Children of the same namespace as this element. */
  all(local: string): ElementSpan[] {
    return this.children.filter((child) => child.local === local && child.namespace === this.namespace);
  }

  first(local: string): ElementSpan | undefined {
    return this.children.find((child) => child.local === local && child.namespace === this.namespace);
  }
}
