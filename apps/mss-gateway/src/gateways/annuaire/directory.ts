import { isTrustedAddress, parseMssAddress } from '@pfi/health';
import type { Ght } from '@pfi/platform-settings';
import { Pool } from 'undici';

export type FoundAddress =
  | { readonly kind: 'found'; readonly address: string }
  /** The directory publishes none, or the recipient has no RPPS. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unavailable'; readonly code: string };

export interface DirectoryOptions {
  /** FHIR base of the Annuaire Santé; without one, nothing is found. */
  readonly url: string | undefined;
  readonly apiKey?: string | undefined;
}

const ANSWER_MS = 10_000;
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;
const MAX_CACHED = 10_000;

/** MSSanté mailboxes by RPPS in the Annuaire Santé (FHIR R4, interop §6.4), kept for a while. */
export class Directory {
  readonly #cache = new Map<string, { readonly found: FoundAddress; readonly until: number }>();
  readonly #pool: Pool | undefined;
  readonly #basePath: string;

  constructor(
    private readonly ght: Ght,
    private readonly options: DirectoryOptions,
  ) {
    const url = options.url ? new URL(options.url) : undefined;
    this.#pool = url && new Pool(url.origin, { connections: 8 });
    this.#basePath = (url?.pathname ?? '').replace(/\/$/, '');
  }

  /** Never raises. */
  async addressOf(recipient: { readonly kind: string; readonly id: string | null }): Promise<FoundAddress> {
    const rpps = /^8?(\d{11})$/.exec(recipient.id?.trim() ?? '')?.[1];
    if (recipient.kind !== 'professional' || rpps === undefined || !this.#pool) return { kind: 'none' };
    const known = this.#cache.get(rpps);
    if (known && known.until > Date.now()) return known.found;
    const found = await this.search(this.#pool, rpps);
    if (found.kind !== 'unavailable') this.remember(rpps, found);
    return found;
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }

  private async search(pool: Pool, rpps: string): Promise<FoundAddress> {
    const { directory, trustedDomains } = this.ght.file.mss;
    for (const search of directory.searches) {
      const [path = '', query = ''] = search.split(/\?(.*)/s);
      const parameters = new URLSearchParams(query.replaceAll('{rpps}', rpps));
      const answer = await this.ask(pool, `${this.#basePath}/${path}?${parameters.toString()}`);
      if ('kind' in answer) return answer;
      if (!speaksOf(answer.body, rpps)) return { kind: 'unavailable', code: 'DIRECTORY_ANSWER_FOREIGN' };
      const address = mailboxIn(answer.body, trustedDomains);
      if (address) return { kind: 'found', address };
    }
    return { kind: 'none' };
  }

  private async ask(
    pool: Pool,
    path: string,
  ): Promise<{ readonly body: unknown } | (FoundAddress & { kind: 'unavailable' })> {
    const unavailable = (code: string) => ({ kind: 'unavailable', code }) as const;
    try {
      const { statusCode, body } = await pool.request({
        method: 'GET',
        path,
        headers: {
          accept: 'application/fhir+json',
          // Else a server may ignore a parameter that it does not know, and answer with everybody (FHIR R4 §3.1.1.3).
          prefer: 'handling=strict',
          ...(this.options.apiKey ? { 'ESANTE-API-KEY': this.options.apiKey } : {}),
        },
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) return unavailable('DIRECTORY_ANSWER_TOO_LARGE');
        chunks.push(chunk);
      }
      if (statusCode !== 200) return unavailable(`DIRECTORY_HTTP_${statusCode}`);
      return { body: JSON.parse(Buffer.concat(chunks).toString()) };
    } catch {
      return unavailable('DIRECTORY_UNAVAILABLE');
    }
  }

  private remember(rpps: string, found: FoundAddress): void {
    const { cacheFor } = this.ght.file.mss.directory;
    const oldest = this.#cache.keys().next();
    if (this.#cache.size >= MAX_CACHED && !oldest.done) this.#cache.delete(oldest.value);
    this.#cache.delete(rpps);
    this.#cache.set(rpps, { found, until: Date.now() + (found.kind === 'found' ? cacheFor : cacheFor / 10) });
  }
}

interface Telecom {
  readonly system?: unknown;
  readonly value?: unknown;
  readonly extension?: unknown;
}

/**
 * Is the answer about the one who was asked for? The search that the server says it made must name the RPPS, identifiers must
 * be theirs, and roles all of one person.
 */
function speaksOf(bundle: unknown, rpps: string): boolean {
  const { link, entry } = (bundle ?? {}) as { readonly link?: unknown; readonly entry?: unknown };
  const self = (list(link) as Link[]).find((one) => one?.relation === 'self')?.url;
  if (typeof self === 'string' && !self.includes(rpps)) return false;
  const resources = (list(entry) as ({ readonly resource?: Resource } | null)[]).map((one) => one?.resource);
  const persons = new Set(resources.flatMap((resource) => resource?.practitioner?.reference ?? []));
  const foreign = resources.some((resource) => {
    const values = (list(resource?.identifier) as (Identifier | null)[]).map((identifier) => identifier?.value);
    return resource?.resourceType === 'Practitioner' && !values.includes(rpps) && !values.includes(`8${rpps}`);
  });
  return persons.size <= 1 && !foreign;
}

type Link = { readonly relation?: unknown; readonly url?: unknown } | null;
type Identifier = { readonly value?: unknown };
interface Resource {
  readonly resourceType?: unknown;
  readonly identifier?: unknown;
  readonly practitioner?: { readonly reference?: string };
}

/** The first address of the space of trust among the telecoms of the resources; one that says MSSANTE before the others. */
function mailboxIn(bundle: unknown, trustedDomains: readonly string[]): string | undefined {
  const entries = list((bundle as { entry?: unknown } | null)?.entry);
  const telecoms = entries.flatMap((entry) =>
    list((entry as { resource?: { telecom?: unknown } } | null)?.resource?.telecom),
  ) as (Telecom | null)[];
  const usable = telecoms.flatMap((telecom) => {
    const address = typeof telecom?.value === 'string' ? parseMssAddress(telecom.value.trim()) : undefined;
    return address && isTrustedAddress(address, trustedDomains)
      ? [{ address: address.text, said: JSON.stringify(telecom?.extension ?? '').includes('"MSSANTE"') }]
      : [];
  });
  return (usable.find(({ said }) => said) ?? usable[0])?.address;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
