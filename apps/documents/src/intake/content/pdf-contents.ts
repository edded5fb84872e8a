import { namesIn, type PdfName } from './pdf-names.js';
import { objectsAt, ObjectStreamTooLong, ObjectStreamUnreadable } from './pdf-object-stream.js';
import { StreamData } from './pdf-stream-data.js';

/** What makes a PDF unfit to be forwarded. */
export interface PdfFinding {
  readonly code: 'DOCUMENT_ACTIVE_CONTENT' | 'DOCUMENT_LIMIT' | 'PDF_UNREADABLE';
  /** French: what was found. */
  readonly what: string;
}

export interface PdfRules {
  readonly maxPdfPages: number;
  readonly links: 'web' | 'https' | 'none';
}

const MAX_INFLATED = 64 * 1024 * 1024;
const MAX_OBJECT_STREAMS = 20_000;
/** More than the largest report that fits the size of a message has. */
const MAX_NAMES = 2_000_000;

const active: ReadonlyMap<string, string> = new Map([
  ['JavaScript', 'code JavaScript'],
  ['Launch', 'lancement d’un programme'],
  ['EmbeddedFile', 'fichier joint'],
  ['EmbeddedFiles', 'fichier joint'],
  ['RichMedia', 'contenu multimédia actif'],
  ['Rendition', 'contenu multimédia actif'],
  ['GoToR', 'lien vers un autre document'],
  ['GoToE', 'lien vers un document joint'],
  ['SubmitForm', 'formulaire qui envoie des données'],
  ['ImportData', 'import de données'],
]);

/** Short names, which the data of an image may hold by chance: they count with what must follow them. */
const JS = /^\s*(?:\(|<|\d+\s+\d+\s+R)/;
const XFA = /^\s*(?:\[|<|\d+\s+\d+\s+R)/;

const schemes = { web: /^(?:https?:|mailto:|tel:|www\.|#)/i, https: /^https:/i, none: /^(?!)/ } as const;

/**
 * The first thing in a PDF that must not be forwarded: scripts, launches, attachments, remote documents, links outside the
 * rules, too many pages. Looks at all the bytes and into compressed object streams, in one pass, with bounded memory.
 */
export function pdfFinding(bytes: Buffer, rules: PdfRules): PdfFinding | undefined {
  const look = new Look(rules);
  try {
    return look.at(bytes, true);
  } catch (error) {
    if (error instanceof ObjectStreamUnreadable)
      return { code: 'PDF_UNREADABLE', what: 'objets compressés illisibles' };
    if (error instanceof ObjectStreamTooLong) return { code: 'DOCUMENT_LIMIT', what: 'objets compressés trop longs' };
    throw error;
  }
}

class Look {
  #pages = 0;
  #inflated = 0;
  #streams = 0;
  #names = 0;

  constructor(private readonly rules: PdfRules) {}

  at(bytes: Buffer, outside: boolean): PdfFinding | undefined {
    const data = new StreamData(bytes);
    for (const name of namesIn(bytes)) {
      this.#names += 1;
      if (this.#names > MAX_NAMES) return { code: 'DOCUMENT_LIMIT', what: 'trop d’objets' };
      const found =
        this.one(bytes, name, data) ?? (outside && name.name === 'ObjStm' ? this.inside(bytes, name) : undefined);
      if (found) return found;
    }
    return undefined;
  }

  private one(bytes: Buffer, { name, start, end }: PdfName, data: StreamData): PdfFinding | undefined {
    const what = active.get(name);
    if (what) return { code: 'DOCUMENT_ACTIVE_CONTENT', what };
    const after = () => bytes.toString('latin1', end, end + 32);
    // One compressed image of 400 kB in 6,000 holds it by chance. What makes readers run it, JavaScript or Rendition, counts everywhere.
    if (name === 'JS' && JS.test(after()) && !data.holds(start))
      return { code: 'DOCUMENT_ACTIVE_CONTENT', what: 'code JavaScript' };
    if (name === 'XFA' && XFA.test(after())) return { code: 'DOCUMENT_ACTIVE_CONTENT', what: 'formulaire XFA' };
    if (name === 'URI') return this.link(bytes, end);
    if (name === 'Page') this.#pages += 1;
    if (name === 'Count') this.#pages = Math.max(this.#pages, Number(/^\s*(\d{1,9})/.exec(after())?.[1] ?? 0));
    if (this.#pages > this.rules.maxPdfPages)
      return { code: 'DOCUMENT_LIMIT', what: `plus de ${this.rules.maxPdfPages} pages` };
    return undefined;
  }

  /** `/S /URI` is followed by another name; only a value is judged. One that is an object of its own is out of sight. */
  private link(bytes: Buffer, end: number): PdfFinding | undefined {
    const target = linkTarget(bytes.toString('latin1', end, end + 256));
    if (target === undefined || schemes[this.rules.links].test(target)) return undefined;
    return { code: 'DOCUMENT_ACTIVE_CONTENT', what: 'lien non autorisé' };
  }

  private inside(bytes: Buffer, { end }: PdfName): PdfFinding | undefined {
    this.#streams += 1;
    if (this.#streams > MAX_OBJECT_STREAMS) throw new ObjectStreamTooLong();
    const objects = objectsAt(bytes, end, MAX_INFLATED - this.#inflated);
    this.#inflated += objects?.length ?? 0;
    return objects && this.at(objects, false);
  }
}

/** The beginning of a literal or hexadecimal string. */
function linkTarget(text: string): string | undefined {
  const literal = /^\s*\(\s*((?:\\[\s\S]|[^\\)])*)/.exec(text)?.[1];
  if (literal !== undefined)
    return literal.replace(/\\(\d{1,3}|[\s\S])/g, (_all, one: string) =>
      /^\d/.test(one) ? String.fromCharCode(Number.parseInt(one, 8) & 0xff) : one,
    );
  const hex = /^\s*<(?!<)([0-9A-Fa-f\s]*)/.exec(text)?.[1];
  return hex === undefined ? undefined : Buffer.from(hex.replace(/\s/g, ''), 'hex').toString('latin1').trim();
}
