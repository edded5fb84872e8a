import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);
const COMPRESSIBLE = ['.html', '.js', '.mjs', '.css', '.svg', '.json', '.wasm'];

export interface SiteFile {
  readonly extension: string;
  /** Named by its content: never changes under its name. */
  readonly hashed: boolean;
  readonly bytes: Buffer;
  gzipped(): Promise<Buffer | undefined>;
}

/** The web console's files, read at start: what is served is what was deployed, and no path can lead outside. */
export class SiteFiles {
  readonly index: SiteFile;
  readonly #files: ReadonlyMap<string, SiteFile>;

  /** @throws Error when the folder holds no index.html */
  constructor(folder: string) {
    const names = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.replace(/\/$/, '').length + 1));
    this.#files = new Map(names.map((name) => [`/${name}`, siteFile(join(folder, name), name.startsWith('assets/'))]));
    const index = this.#files.get('/index.html');
    if (!index) throw new Error(`${folder} holds no index.html: build the web console (npm run build)`);
    this.index = index;
  }

  /** By the path of an address. */
  get(path: string): SiteFile | undefined {
    return this.#files.get(path);
  }
}

function siteFile(path: string, hashed: boolean): SiteFile {
  const bytes = readFileSync(path);
  const extension = extname(path);
  let gzipped: Promise<Buffer | undefined> | undefined;
  return {
    extension,
    hashed,
    bytes,
    gzipped: () => (gzipped ??= COMPRESSIBLE.includes(extension) ? compress(bytes) : Promise.resolve(undefined)),
  };
}
