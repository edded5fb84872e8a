import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DmpClaim, EventEnvelope } from '@pfi/contracts';
import { uuidToOid } from '@pfi/health';
import type { DeliveryRequests, GoAhead } from '@pfi/platform-go-ahead';
import { Outbox } from '@pfi/platform-messaging';
import { CircuitBreaker, DestinationSlots, JobQueue, JobRunner, type Database } from '@pfi/platform-postgres';
import { createTestDatabase, type TestDatabase } from '@pfi/platform-postgres/testing';
import { circuitSettings, type ClockWatch } from '@pfi/platform-service';
import { Ght, parseGhtFile } from '@pfi/platform-settings';
import { eventually, freePort, testAuthority, type PemPair, type TestAuthority } from '@pfi/platform-testing';
import { Deposit, DMP_DESTINATION, MAX_UNEXPECTED, type DepositParts } from '../src/deposit/deposit.js';
import { DepositLedger } from '../src/deposit/deposit-ledger.js';
import { depositParts } from '../src/deposit/deposit.parts.js';
import { DEPOSIT_QUEUE, depositRequests } from '../src/deposit/deposit-requests.js';
import { DmpConnections } from '../src/gateways/dmp-connection.js';
import { migrations } from '../src/persistence/migrations/index.js';
import { SubmissionRepository, type Submission } from '../src/persistence/submission.repository.js';
import { sampleClaim } from './claims.js';
import { DmpDouble } from './dmp-double.js';
import { sealAuthority, type SealAuthority } from './seals.js';

const schema = 'dmp';

/** What a test may shorten or narrow in the GHT file. */
export interface GhtChanges {
  readonly delays?: { readonly retry?: object; readonly dmp?: object };
  readonly circuitBreaker?: object;
  readonly dmp?: object;
}

/** What one test file shares: a database, authorities, folders of certificates. */
export interface Site {
  readonly test: TestDatabase;
  readonly service: Database;
  readonly system: Database;
  readonly channel: TestAuthority;
  readonly seal: SealAuthority;
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  const test = await createTestDatabase([{ schema, migrations }]);
  const service = await test.open(schema);
  const system = await test.open(schema, { role: 'system' });
  return {
    test,
    service,
    system,
    channel: await testAuthority('AC canal'),
    seal: await sealAuthority(),
    close: () => test.drop(),
  };
}

interface Delivery {
  readonly deliveryId: string;
  readonly lineageId: string;
  readonly claim: DmpClaim;
  readonly content: Buffer;
}

/** One legal entity of its own with its DMP, its documents service and its gateways. */
export class TestGroup {
  readonly ght: Ght;
  readonly owner: string;
  /** Answers of the documents service, by delivery, before the go-ahead. */
  readonly stops = new Map<string, string[]>();
  readonly documents: DepositParts['documents'];
  /** Answer to the next questions for bytes. */
  contentOf: (delivery: Delivery) => Buffer = (delivery) => delivery.content;
  readonly #deliveries = new Map<string, Delivery>();
  readonly #bySha256 = new Map<string, Delivery>();
  readonly #stopping: (() => Promise<unknown>)[] = [];
  readonly #jobs = new JobQueue();
  readonly #repository = new SubmissionRepository();
  readonly #requests: DeliveryRequests;

  private constructor(
    readonly site: Site,
    readonly finess: string,
    readonly secretsDir: string,
    readonly port: number,
    changes: GhtChanges,
  ) {
    this.owner = `ej:${finess}`;
    this.ght = new Ght(parseGhtFile(JSON.stringify(ghtText(finess, changes)), { env: {} }));
    this.#requests = depositRequests(this.ght, this.#repository, this.#jobs);
    this.documents = {
      claim: async (deliveryId): Promise<GoAhead<DmpClaim>> => {
        const code = this.stops.get(deliveryId)?.shift();
        const delivery = this.#deliveries.get(deliveryId);
        return code || !delivery
          ? { kind: 'stop', code: code ?? 'DELIVERY_UNKNOWN' }
          : { kind: 'go', claim: delivery.claim };
      },
      content: async (_owner, sha256) => ({
        bytes: this.contentOf(this.#bySha256.get(sha256) as Delivery),
        [Symbol.dispose]: () => undefined,
      }),
    };
  }

  static async open(site: Site, changes: GhtChanges = {}): Promise<TestGroup> {
    const secretsDir = await mkdtemp(join(tmpdir(), 'pfi-dmp-'));
    const finess = String(100_000_000 + (randomBytes(4).readUInt32BE() % 800_000_000));
    const group = new TestGroup(site, finess, secretsDir, await freePort(), changes);
    await group.renewCertificates('auth');
    return group;
  }

  /** New certificates in the folders that the GHT file names. */
  async renewCertificates(clientName: string): Promise<void> {
    await this.writePair('auth', await this.site.channel.issue(clientName));
    await this.writePair('sign', await this.site.seal.issue('CN=cachet, O=TEST, C=FR'));
  }

  async writePair(folder: string, pair: PemPair): Promise<void> {
    await mkdir(join(this.secretsDir, folder), { recursive: true });
    await writeFile(join(this.secretsDir, folder, 'tls.crt'), pair.cert);
    await writeFile(join(this.secretsDir, folder, 'tls.key'), pair.key);
  }

  /** The DMP, at the address that the gateways know. */
  async dmp(server?: PemPair): Promise<DmpDouble> {
    const double = await DmpDouble.start({
      server: server ?? (await this.site.channel.issue('dmp')),
      clientAuthority: this.site.channel.cert,
      sealAuthority: this.site.seal.cert,
      port: this.port,
    });
    this.#stopping.push(() => double.stop());
    return double;
  }

  /** One more instance of the gateway. `wrap` may put something between the deposit and the wire. */
  gateway(
    options: {
      leaseMs?: number;
      wrap?: (parts: DepositParts) => DepositParts;
      clock?: Pick<ClockWatch, 'assertMayDate'>;
    } = {},
  ): JobRunner {
    const { service, system } = this.site;
    const { ght } = this;
    const connections = new DmpConnections(
      ght,
      {
        repositoryUrl: `https://127.0.0.1:${this.port}/repository`,
        registryUrl: `https://127.0.0.1:${this.port}/registry`,
        ca: this.site.channel.cert,
        secretsDir: this.secretsDir,
      },
      options.clock ?? { assertMayDate: () => undefined },
    );
    const { circuitBreaker, dmp, delays } = ght.file;
    const parts = depositParts(ght, connections, new DepositLedger(service, this.#repository, new Outbox()), {
      documents: this.documents,
      slots: new DestinationSlots({ database: system, slots: dmp.concurrency.perOwner }),
      breaker: new CircuitBreaker({
        database: system,
        staleMs: 5,
        settings: circuitSettings(circuitBreaker),
      }),
    });
    const deposit = new Deposit(options.wrap?.(parts) ?? parts);
    const runner = new JobRunner({
      database: system,
      queue: DEPOSIT_QUEUE,
      destination: DMP_DESTINATION,
      jobs: this.#jobs,
      pollMs: 20,
      leaseMs: options.leaseMs ?? 30_000,
      handler: (job: Parameters<Deposit['handle']>[0]) => deposit.handle(job),
      unexpected: { baseMs: 1, capMs: delays.retry.cap, maxAttempts: MAX_UNEXPECTED + 1 },
    });
    runner.start();
    this.#stopping.push(
      () => runner.stop(0),
      () => connections.close(),
    );
    return runner;
  }

  /** What documents asks to be done with what `before` deposited: replace it by a new version, or withdraw it. */
  after(before: Delivery, operation: 'replace' | 'withdraw', entryUuid: string | null): Delivery {
    const next = operation === 'replace' ? this.delivery() : before;
    const predecessor = { uniqueId: before.claim.document.uniqueId, entryUuid };
    const claim = { ...next.claim, deliveryId: randomUUID(), lineageId: before.lineageId, operation, predecessor };
    const delivery = { ...next, claim, deliveryId: claim.deliveryId, lineageId: before.lineageId };
    this.#deliveries.set(delivery.deliveryId, delivery);
    return delivery;
  }

  /** A delivery that the documents service asks for. */
  async request(delivery = this.delivery(), request = 1, channel: 'dmp' | 'mss-pro' = 'dmp'): Promise<Delivery> {
    const { operation } = delivery.claim;
    const payload = { ...this.reference(delivery), channel, typeCode: '11490-0', request, operation };
    await this.site.service.transaction([this.owner], (tx) =>
      this.#requests.requested(tx, [this.envelope('documents.delivery-requested.v1', delivery, request, payload)]),
    );
    return delivery;
  }

  async cancel(delivery: Delivery): Promise<void> {
    const payload = { ...this.reference(delivery), channel: 'dmp' as const, reason: 'WITHDRAWN' };
    await this.site.service.transaction([this.owner], (tx) =>
      this.#requests.cancelled(tx, [this.envelope('documents.delivery-cancelled.v1', delivery, 1, payload)]),
    );
  }

  private reference({ deliveryId, lineageId, claim }: Delivery) {
    return {
      deliveryId,
      documentId: claim.documentId,
      lineageId,
      legalEntity: this.finess,
      establishment: claim.establishment,
      form: 'cda-n1' as const,
      audience: 'professional' as const,
    };
  }

  private envelope<Payload>(
    type: string,
    { lineageId }: Delivery,
    sequence: number,
    payload: Payload,
  ): EventEnvelope<Payload> {
    const time = new Date().toISOString();
    const { owner } = this;
    return {
      id: randomUUID(),
      type,
      source: 'documents',
      time,
      owner,
      aggregate: lineageId,
      sequence,
      replay: false,
      payload,
    };
  }

  delivery(): Delivery {
    const content = randomBytes(4096);
    const claim = sampleClaim(this.finess, content, uuidToOid(randomUUID()));
    const delivery = { deliveryId: claim.deliveryId, lineageId: claim.lineageId, claim, content };
    this.#deliveries.set(delivery.deliveryId, delivery);
    this.#bySha256.set(claim.artefact.sha256, delivery);
    return delivery;
  }

  /** The documents service now has other bytes under the same document id. */
  rewrite(delivery: Delivery): void {
    const content = randomBytes(4096);
    const claim = sampleClaim(this.finess, content, delivery.claim.document.uniqueId);
    const rewritten = { ...delivery, content, claim: { ...delivery.claim, artefact: claim.artefact } };
    this.#deliveries.set(delivery.deliveryId, rewritten);
    this.#bySha256.set(claim.artefact.sha256, rewritten);
  }

  async submission({ deliveryId }: Delivery): Promise<Submission> {
    const found = await this.site.service.transaction([this.owner], (tx) => this.#repository.find(tx, deliveryId));
    if (!found) throw new Error('no submission yet');
    return found;
  }

  /** The job of the last request of a delivery. */
  async job({ deliveryId }: Delivery) {
    const [job] = await this.site.test.admin<{ state: string; attempts: number; lastCode: string | null }>(
      `SELECT state, attempts, last_code AS "lastCode" FROM dmp.job
       WHERE owner = $1 AND payload->>'deliveryId' = $2 ORDER BY position DESC LIMIT 1`,
      [this.owner, deliveryId],
    );
    return job;
  }

  /** Events of the delivery's lineage, oldest first. */
  async events({ lineageId }: Delivery): Promise<Outcome[]> {
    const rows = await this.site.test.admin<{ type: string; payload: string }>(
      `SELECT type, payload FROM dmp.outbox WHERE aggregate = $1 ORDER BY position`,
      [lineageId],
    );
    return rows.map(({ type, payload }) => ({ type, ...(JSON.parse(payload) as Omit<Outcome, 'type'>) }));
  }

  /** The `count`-th outcome of a delivery. */
  async outcome(delivery: Delivery, count = 1): Promise<Outcome> {
    return eventually(
      async () => {
        const events = await this.events(delivery);
        const last = events[count - 1];
        if (!last) throw new Error(`no outcome yet: ${JSON.stringify(await this.submission(delivery))}`);
        return last;
      },
      { timeoutMs: 15_000, everyMs: 20 },
    );
  }

  async circuit(): Promise<string> {
    const [row] = await this.site.test.admin<{ state: string }>(
      `SELECT state FROM dmp.destination_circuit WHERE owner = $1`,
      [this.owner],
    );
    return row?.state ?? 'closed';
  }

  async close(): Promise<void> {
    await Promise.all(this.#stopping.map((stop) => stop()));
    await this.site.test.admin(`DELETE FROM dmp.job WHERE owner = $1`, [this.owner]);
    await rm(this.secretsDir, { recursive: true });
  }
}

export interface Outcome {
  readonly type: string;
  readonly attempts: number;
  readonly outcomeCode: string | null;
  readonly outcomeText: string | null;
  readonly uniqueId?: string;
  readonly entryUuid?: string;
  readonly submissionSetId?: string;
  readonly reconciled?: boolean;
}

export const sha1Of = (content: Buffer): string => createHash('sha1').update(content).digest('hex');

function ghtText(finess: string, changes: GhtChanges): object {
  return {
    version: 1,
    ght: { name: 'GHT de test' },
    identityDomains: [{ key: 'a', label: 'A', authority: { name: 'A', oid: '2.999.1' } }],
    legalEntities: [
      {
        finess,
        name: 'EJ',
        domain: 'a',
        certificates: { authentication: 'auth', signature: 'sign' },
        establishments: [{ finess: '990000119', name: 'EG' }],
      },
    ],
    sources: [
      {
        key: 'dpi',
        application: 'DPI',
        facility: 'A',
        domain: 'a',
        legalEntities: [finess],
        defaultEstablishment: '990000119',
        messages: ['MDM'],
      },
    ],
    delays: {
      retry: { base: 'PT0.01S', cap: 'PT0.05S', ...changes.delays?.retry },
      dmp: { connectTimeout: 'PT5S', totalTimeout: 'PT5S', reconcileOver: 'PT0.05S', ...changes.delays?.dmp },
    },
    circuitBreaker: { probeEvery: 'PT0.05S', ...changes.circuitBreaker },
    dmp: { ...changes.dmp },
  };
}
