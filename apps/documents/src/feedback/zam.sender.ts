import { buildZam, Hl7Fault, readAck, type Ack, type ZamRecipient } from '@pfi/hl7v2';
import { MllpClient, MllpUnavailable } from '@pfi/platform-mllp';
import {
  done,
  GroupedCalls,
  LeaseLost,
  park,
  retryAt,
  retryDelay,
  settleTogether,
  type Database,
  type JobOutcome,
  type RunningJob,
} from '@pfi/platform-postgres';
import type { Ght, ReturnAddress } from '@pfi/platform-settings';
import { insOfText } from '../deliveries/artefacts.js';
import { timelineEntry } from '../deliveries/judgement.js';
import type { DocumentRepository } from '../persistence/document.repository.js';
import type { ZamJob } from './feedback.js';

type Job = RunningJob<ZamJob>;

/** Nobody waits for what is written of an answer that was taken. */
const GATHER_MS = 100;

/** Sends business acknowledgements (ZAM^Z01, Z02, Z03, interop §1.10) to the return address of their source, one at a time by address. */
export class ZamSender {
  readonly #clients = new Map<string, MllpClient>();
  /** Those of one owner that were taken at the same time are written in one transaction. */
  readonly #sent: GroupedCalls<Job, JobOutcome>;

  constructor(
    private readonly ght: Ght,
    private readonly database: Database,
    private readonly repository: DocumentRepository,
  ) {
    this.#sent = new GroupedCalls({
      keyOf: ({ owner }) => owner,
      gatherMs: GATHER_MS,
      run: (jobs) => this.sentAll(jobs),
    });
  }

  async handle(job: Job): Promise<JobOutcome> {
    const { source: key, controlId, feedback, kind } = job.payload;
    const source = this.ght.sourceByKey(key);
    if (!source?.returnAddress)
      return park(
        'RETURN_ADDRESS_MISSING',
        'Adresse de retour de la source absente du fichier du GHT : la déclarer puis rejouer.',
      );
    const message = buildZam({
      kind,
      to: { application: source.application, facility: source.facility },
      from: { application: 'PFI', facility: source.facility },
      controlId: controlIdOf(job),
      at: new Date(),
      originalControlId: controlId,
      positive: feedback.positive,
      ...(feedback.positive ? {} : { error: feedback }),
      ...(kind === 'Z01' ? {} : { recipient: await this.recipientOf(job) }),
    });
    const ack = await this.exchange(source.returnAddress, message);
    // No answer, or the answer to another message: nothing is known, the same message goes again.
    if (!ack || ack.controlId !== controlIdOf(job)) return this.later(job, 'ZAM_UNANSWERED');
    if (ack.code === 'AR') return this.later(job, 'ZAM_POSTPONED');
    if (ack.code === 'AE')
      return park(
        'ZAM_REFUSED',
        'L’application émettrice a refusé l’accusé métier (AE) : vérifier son paramétrage puis rejouer.',
      );
    return this.#sent.call(job);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  private async exchange(address: ReturnAddress, message: Buffer): Promise<Ack | undefined> {
    try {
      return readAck(await this.client(address).send(message));
    } catch (error) {
      if (error instanceof MllpUnavailable || error instanceof Hl7Fault) return undefined;
      throw error;
    }
  }

  /** National id (the INS of a patient) and address, as they were when the mail left. */
  private async recipientOf({ owner, payload: { documentId, deliveryId } }: Job): Promise<ZamRecipient> {
    const scopes = [...this.ght.scopesOfOwner(owner)];
    const deliveries = await this.database.transaction(scopes, (tx) => this.repository.deliveriesOf(tx, [documentId]));
    const delivery = deliveries.find(({ id }) => id === deliveryId);
    const matricule = delivery?.artefactIns ? insOfText(delivery.artefactIns).matricule : '';
    return {
      id: (delivery?.channel === 'mss-patient' ? matricule : delivery?.recipient?.id) ?? '',
      address: delivery?.receipt?.address ?? delivery?.recipient?.address ?? '',
    };
  }

  private async sentAll(jobs: readonly Job[]): Promise<(JobOutcome | Error)[]> {
    const scopes = jobs[0] ? [...this.ght.scopesOfOwner(jobs[0].owner)] : [];
    const written = await this.database.transaction(scopes, async (tx) => {
      const documents = await this.repository.lockLineages(
        tx,
        jobs.map(({ payload }) => payload.documentId),
      );
      const held = await settleTogether(
        tx,
        jobs.map((job) => ({ job, outcome: done() })),
      );
      await this.repository.insertTimeline(
        tx,
        jobs.flatMap((job) => {
          const { documentId, feedback, kind } = job.payload;
          const document = documents.get(documentId);
          if (!document || !held.has(job)) return [];
          const said = feedback.positive ? 'positif' : `négatif, ${feedback.code}`;
          const text = `Accusé métier ${kind} (${said}) remis à ${document.source}.`;
          return [timelineEntry(document, new Date(), 'feedback-sent', text)];
        }),
      );
      return held;
    });
    return jobs.map((job) => (written.has(job) ? done() : new LeaseLost()));
  }

  private later(job: Job, code: string): JobOutcome {
    const { retry, zam } = this.ght.file.delays;
    if (Date.now() - job.createdAt.getTime() > zam.giveUp)
      return park(
        'ZAM_EXPIRED',
        'L’application émettrice n’a pas pris l’accusé métier dans le délai : vérifier sa réception puis rejouer.',
      );
    return retryAt(new Date(Date.now() + retryDelay(job.attempts, { baseMs: retry.base, capMs: retry.cap })), code);
  }

  private client(address: ReturnAddress): MllpClient {
    const name = `${address.host}:${address.port}`;
    const known = this.#clients.get(name);
    if (known) return known;
    const { connectTimeout, answerTimeout } = this.ght.file.delays.zam;
    const client = new MllpClient({
      host: address.host,
      port: address.port,
      connectTimeoutMs: connectTimeout,
      answerTimeoutMs: answerTimeout,
      ...(address.tls ? { tls: {} } : {}),
    });
    this.#clients.set(name, client);
    return client;
  }
}

/** MSH-10 of the ZAM, at most 20 characters, constant over retries: the sender recognises a repeat. */
const controlIdOf = (job: Job): string => job.id.replaceAll('-', '').slice(0, 20);
