import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventEnvelope, MailClaim } from '@pfi/contracts';
import type { DeliveryRequests, GoAhead } from '@pfi/platform-go-ahead';
import { Outbox } from '@pfi/platform-messaging';
import { CircuitBreaker, DestinationSlots, JobQueue, JobRunner, type Database } from '@pfi/platform-postgres';
import { createTestDatabase, type TestDatabase } from '@pfi/platform-postgres/testing';
import { circuitSettings } from '@pfi/platform-service';
import type { Ght } from '@pfi/platform-settings';
import { eventually, freePort, testAuthority, type PemPair, type TestAuthority } from '@pfi/platform-testing';
import { Directory } from '../src/gateways/annuaire/directory.js';
import { MailboxAccesses } from '../src/gateways/mailbox-access.js';
import { SmtpConnections } from '../src/gateways/smtp/smtp-connections.js';
import { migrations } from '../src/persistence/migrations/index.js';
import { MessageRepository, type Message } from '../src/persistence/message.repository.js';
import { ReceivedMailRepository } from '../src/persistence/received-mail.repository.js';
import { receive } from '../src/reception/received.js';
import { Reception } from '../src/reception/reception.js';
import { MailBuilder } from '../src/sending/mail-builder.js';
import { MailLedger } from '../src/sending/mail-ledger.js';
import { MAIL_QUEUE, mailRequests } from '../src/sending/mail-requests.js';
import { Mailing, MAX_UNEXPECTED, SMTP_DESTINATION, type MailingParts } from '../src/sending/mailing.js';
import { Patience } from '../src/sending/patience.js';
import { sampleClaim, type ClaimChanges } from './claims.js';
import { DirectoryDouble } from './directory-double.js';
import { testGht, type GhtChanges } from './ght.js';
import { MailOperatorDouble, type OperatorOptions } from './mail-operator-double.js';

const schema = 'mss';

/** What one test file shares: a database and the authority of the certificates. */
export interface Site {
  readonly test: TestDatabase;
  readonly service: Database;
  readonly system: Database;
  readonly authority: TestAuthority;
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  const test = await createTestDatabase([{ schema, migrations }]);
  const service = await test.open(schema);
  const system = await test.open(schema, { role: 'system' });
  return { test, service, system, authority: await testAuthority('AC messagerie'), close: () => test.drop() };
}

export interface Delivery {
  readonly deliveryId: string;
  readonly lineageId: string;
  readonly claim: MailClaim;
}

/** An event as the outbox holds it. */
export interface Outcome {
  readonly type: string;
  readonly attempts: number;
  readonly messageId: string | null;
  readonly address: string | null;
  readonly status: string | null;
  readonly outcomeCode: string | null;
  readonly outcomeText: string | null;
}

/** One legal entity of its own with its operator, its documents service, its directory and its gateways. */
export class TestGroup {
  readonly ght: Ght;
  readonly owner: string;
  readonly mailbox: string;
  /** Answers of the documents service, by delivery, instead of the go-ahead. */
  readonly stops = new Map<string, string[]>();
  readonly documents: MailingParts['documents'];
  readonly accesses: MailboxAccesses;
  readonly reception: Reception;
  readonly #deliveries = new Map<string, Delivery>();
  readonly #contents = new Map<string, Buffer>();
  readonly #stopping: (() => Promise<unknown>)[] = [];
  readonly #jobs = new JobQueue();
  readonly #repository = new MessageRepository();
  readonly #requests: DeliveryRequests;

  private constructor(
    readonly site: Site,
    readonly finess: string,
    readonly secretsDir: string,
    readonly port: number,
    readonly directory: DirectoryDouble,
    changes: GhtChanges,
  ) {
    this.owner = `ej:${finess}`;
    this.mailbox = `pfi@ej-${finess}.mssante.fr`;
    this.ght = testGht(finess, this.mailbox, changes);
    this.accesses = new MailboxAccesses(this.ght, secretsDir);
    this.#requests = mailRequests(this.ght, this.#repository, this.#jobs);
    this.reception = new Reception(site.service, this.#repository, new ReceivedMailRepository(), new Outbox());
    this.documents = {
      claim: async (deliveryId): Promise<GoAhead<MailClaim>> => {
        const code = this.stops.get(deliveryId)?.shift();
        const claim = this.#deliveries.get(deliveryId)?.claim;
        return code || !claim ? { kind: 'stop', code: code ?? 'DELIVERY_UNKNOWN' } : { kind: 'go', claim };
      },
      content: async (_owner, sha256) => ({
        bytes: this.#contents.get(sha256) as Buffer,
        [Symbol.dispose]: () => undefined,
      }),
    };
  }

  static async open(site: Site, changes: GhtChanges = {}): Promise<TestGroup> {
    const secretsDir = await mkdtemp(join(tmpdir(), 'pfi-mss-'));
    const finess = String(100_000_000 + (randomBytes(4).readUInt32BE() % 800_000_000));
    const directory = await DirectoryDouble.start();
    const group = new TestGroup(site, finess, secretsDir, await freePort(), directory, changes);
    group.#stopping.push(() => directory.stop());
    await group.renewCertificate('messagerie');
    await group.writePassword('secret');
    return group;
  }

  /** A new certificate of the mailbox, in the folder that the GHT file names. */
  async renewCertificate(commonName: string): Promise<void> {
    await this.writePair(await this.site.authority.issue(commonName));
  }

  async writePair(pair: PemPair): Promise<void> {
    await mkdir(join(this.secretsDir, 'mail'), { recursive: true });
    await writeFile(join(this.secretsDir, 'mail', 'tls.crt'), pair.cert);
    await writeFile(join(this.secretsDir, 'mail', 'tls.key'), pair.key);
  }

  async writePassword(password: string): Promise<void> {
    await mkdir(join(this.secretsDir, 'mail-password'), { recursive: true });
    await writeFile(join(this.secretsDir, 'mail-password', 'password'), password);
  }

  /** The operator, at the address that the gateways know. */
  async operator(options: Partial<OperatorOptions> = {}): Promise<MailOperatorDouble> {
    const { authority } = this.site;
    const double = await MailOperatorDouble.start({
      server: await authority.issue('operateur'),
      clientAuthority: authority.cert,
      port: this.port,
      ...options,
    });
    this.#stopping.push(() => double.stop());
    return double;
  }

  /** One more instance of the gateway. `wrap` may put something between the sending and the wire. */
  gateway(options: { leaseMs?: number; wrap?: (parts: MailingParts) => MailingParts } = {}): JobRunner {
    const { service, system, authority } = this.site;
    const { ght, accesses, documents } = this;
    const { circuitBreaker, mss, delays } = ght.file;
    const smtp = new SmtpConnections(ght, accesses, { url: `smtp://127.0.0.1:${this.port}`, ca: authority.cert });
    const directory = new Directory(ght, { url: this.directory.url });
    const ledger = new MailLedger(service, this.#repository, new Outbox());
    const parts: MailingParts = {
      ...{ ght, ledger, documents, directory, smtp },
      builder: new MailBuilder(ght, documents),
      slots: new DestinationSlots({ database: system, slots: mss.concurrency.perOwner }),
      breaker: new CircuitBreaker({
        database: system,
        staleMs: 5,
        settings: circuitSettings(circuitBreaker),
      }),
      patience: new Patience(ght, ledger, { warn: () => undefined }),
    };
    const mailing = new Mailing(options.wrap?.(parts) ?? parts);
    const runner = new JobRunner({
      database: system,
      queue: MAIL_QUEUE,
      destination: SMTP_DESTINATION,
      jobs: this.#jobs,
      pollMs: 20,
      leaseMs: options.leaseMs ?? 30_000,
      handler: (job: Parameters<Mailing['handle']>[0]) => mailing.handle(job),
      unexpected: { baseMs: 1, capMs: delays.retry.cap, maxAttempts: MAX_UNEXPECTED + 1 },
    });
    runner.start();
    this.#stopping.push(
      () => runner.stop(0),
      async () => smtp.close(),
      () => directory.close(),
    );
    return runner;
  }

  /** A delivery that the documents service knows. */
  delivery(changes: ClaimChanges = {}, pdfBytes = 2_000): Delivery {
    const cda = randomBytes(4_096);
    const pdf = Buffer.concat([Buffer.from('%PDF-1.4\n'), randomBytes(pdfBytes)]);
    const claim = sampleClaim(this.finess, cda, pdf, changes);
    this.#contents.set(claim.artefact.sha256, cda);
    if (claim.pdf) this.#contents.set(claim.pdf.sha256, pdf);
    return this.know(claim);
  }

  /** The documents service says this of a delivery from now on. */
  know(claim: MailClaim): Delivery {
    const delivery = { deliveryId: claim.deliveryId, lineageId: claim.lineageId, claim };
    this.#deliveries.set(delivery.deliveryId, delivery);
    return delivery;
  }

  /** The content under this hash is another one now. */
  alter(sha256: string): void {
    this.#contents.set(sha256, randomBytes(100));
  }

  /** A delivery that the documents service asks for. */
  async request(
    delivery = this.delivery(),
    request = 1,
    channel: 'dmp' | MailClaim['channel'] = delivery.claim.channel,
  ) {
    const { operation } = delivery.claim;
    const payload = { ...this.reference(delivery), channel, typeCode: '11490-0', request, operation };
    await this.site.service.transaction([this.owner], (tx) =>
      this.#requests.requested(tx, [this.envelope('documents.delivery-requested.v1', delivery, request, payload)]),
    );
    return delivery;
  }

  async cancel(delivery: Delivery): Promise<void> {
    const payload = { ...this.reference(delivery), channel: delivery.claim.channel, reason: 'WITHDRAWN' };
    await this.site.service.transaction([this.owner], (tx) =>
      this.#requests.cancelled(tx, [this.envelope('documents.delivery-cancelled.v1', delivery, 1, payload)]),
    );
  }

  /** Mails that lie in the mailbox are read. @returns the folder of each */
  async receives(...mails: readonly Buffer[]): Promise<(string | undefined)[]> {
    const origin = { owner: this.owner, address: this.mailbox };
    const received = mails.map((bytes, uid) => receive({ uid, size: bytes.length, bytes }));
    const folders = await this.reception.apply(origin, received);
    return received.map(({ uid }) => folders.get(uid));
  }

  private reference({ deliveryId, lineageId, claim }: Delivery) {
    return {
      ...{ deliveryId, lineageId, documentId: claim.documentId, legalEntity: this.finess },
      ...{ establishment: claim.establishment, form: 'pdf' as const, audience: 'professional' as const },
    };
  }

  private envelope<Payload>(
    type: string,
    { lineageId }: Delivery,
    sequence: number,
    payload: Payload,
  ): EventEnvelope<Payload> {
    return {
      ...{ id: randomUUID(), type, source: 'documents', time: new Date().toISOString(), owner: this.owner },
      ...{ aggregate: lineageId, sequence, replay: false, payload },
    };
  }

  async message({ deliveryId }: Delivery): Promise<Message> {
    const found = await this.site.service.transaction([this.owner], (tx) => this.#repository.find(tx, deliveryId));
    if (!found) throw new Error('no message yet');
    return found;
  }

  /** Waits until a message is so. */
  async until(delivery: Delivery, so: (message: Message) => boolean): Promise<Message> {
    return eventually(
      async () => {
        const message = await this.message(delivery);
        if (!so(message)) throw new Error(`the message is ${JSON.stringify(message)}`);
        return message;
      },
      { timeoutMs: 15_000, everyMs: 10 },
    );
  }

  /** Events of the delivery's lineage, oldest first. */
  async events({ lineageId }: Delivery): Promise<Outcome[]> {
    const rows = await this.site.test.admin<{ type: string; payload: string }>(
      `SELECT type, payload FROM mss.outbox WHERE aggregate = $1 ORDER BY position`,
      [lineageId],
    );
    return rows.map(({ type, payload }) => ({ type, ...(JSON.parse(payload) as Omit<Outcome, 'type'>) }));
  }

  /** The `count`-th event of a delivery. */
  async outcome(delivery: Delivery, count = 1): Promise<Outcome> {
    return eventually(
      async () => {
        const outcome = (await this.events(delivery))[count - 1];
        if (!outcome) throw new Error(`no outcome yet: ${JSON.stringify(await this.message(delivery))}`);
        return outcome;
      },
      { timeoutMs: 15_000, everyMs: 20 },
    );
  }

  /** Resolves when no job of the group is left to do. */
  async idle(): Promise<void> {
    await eventually(
      async () => {
        const [left] = await this.site.test.admin<{ jobs: number }>(
          `SELECT count(*)::int AS jobs FROM mss.job WHERE owner = $1 AND queue = 'mail' AND state IN ('ready', 'running')`,
          [this.owner],
        );
        if (left?.jobs !== 0) throw new Error(`${left?.jobs} jobs are left`);
      },
      { everyMs: 20 },
    );
  }

  async circuit(): Promise<string> {
    const [row] = await this.site.test.admin<{ state: string }>(
      `SELECT state FROM mss.destination_circuit WHERE owner = $1`,
      [this.owner],
    );
    return row?.state ?? 'closed';
  }

  async close(): Promise<void> {
    await Promise.all(this.#stopping.map((stop) => stop()));
    await this.site.test.admin(`DELETE FROM mss.job WHERE owner = $1`, [this.owner]);
    await rm(this.secretsDir, { recursive: true });
  }
}
