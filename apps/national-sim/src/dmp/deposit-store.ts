import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { XdsAuthor } from '@pfi/xds';
import { AppendLog } from '../state/append-log.js';
import { BlobFile, type BlobPlace } from '../state/blob-file.js';

/** A document that the simulated DMP accepted. */
export interface StoredEntry {
  readonly entryUuid: string;
  readonly uniqueId: string;
  readonly submissionSetId: string;
  /** SHA-1 of the received bytes. */
  readonly hash: string;
  readonly size: number;
  readonly receivedAt: string;
  readonly title: string;
  readonly typeCode: string;
  readonly formatCode: string;
  /** XDS DTM, UTC. */
  readonly creationTime: string;
  readonly authors: readonly XdsAuthor[];
  readonly confidentialityCodes: readonly string[];
  /** CX as received: `<matricule>^^^&<oid>&ISO^NH`. */
  readonly patientId: string;
  readonly structureId: string;
  /** Distinguished names of the certificate of the channel and of the one that signed. */
  readonly certificateSubject: string;
  readonly signerSubject: string;
  readonly place: BlobPlace;
}

export type EntryStatus = 'Approved' | 'Deprecated' | 'Archived' | 'Deleted';

interface DepositRecord {
  readonly submissionSetId: string;
  readonly entries: readonly StoredEntry[];
  /** entryUUIDs that this deposit replaces. */
  readonly replaced: readonly string[];
  readonly statuses?: Readonly<Record<string, EntryStatus>>;
}

export interface NewDeposit {
  readonly submissionSetId: string;
  readonly entries: readonly { readonly entry: Omit<StoredEntry, 'place'>; readonly content: Buffer }[];
  readonly replaced: readonly string[];
}

/** Accepted deposits: looked up in memory, kept in two append-only files so that a killed simulator forgets none. */
export class DepositStore {
  readonly #log: AppendLog<DepositRecord>;
  readonly #blobs: BlobFile;
  readonly #submissionSets = new Set<string>();
  readonly #entries = new Map<string, StoredEntry>();
  readonly #byUniqueId = new Map<string, Set<string>>();
  readonly #byPatient = new Map<string, Set<string>>();
  /** Of the entries that are no longer `Approved`. */
  readonly #statuses = new Map<string, EntryStatus>();

  private constructor(log: AppendLog<DepositRecord>, blobs: BlobFile) {
    this.#log = log;
    this.#blobs = blobs;
  }

  static async open(folder: string): Promise<DepositStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const [{ log, records }, blobs] = await Promise.all([
      AppendLog.open<DepositRecord>(join(folder, 'deposits.jsonl')),
      BlobFile.open(join(folder, 'contents.bin')),
    ]);
    const store = new DepositStore(log, blobs);
    for (const record of records) {
      store.#submissionSets.add(record.submissionSetId);
      store.#index(record);
    }
    return store;
  }

  knowsSubmissionSet(id: string): boolean {
    return this.#submissionSets.has(id);
  }

  get(entryUuid: string): StoredEntry | undefined {
    return this.#entries.get(entryUuid);
  }

  status(entryUuid: string): EntryStatus {
    return this.#statuses.get(entryUuid) ?? 'Approved';
  }

  /** All entries that fit, oldest first. */
  find(filter: { readonly uniqueId?: string; readonly patientId?: string }): StoredEntry[] {
    const { uniqueId, patientId } = filter;
    const ids =
      uniqueId !== undefined
        ? this.#byUniqueId.get(uniqueId)
        : patientId !== undefined
          ? this.#byPatient.get(patientId)
          : this.#entries.keys();
    return [...(ids ?? [])]
      .flatMap((id) => this.#entries.get(id) ?? [])
      .filter((entry) => patientId === undefined || entry.patientId === patientId);
  }

  /** Its submission set is taken at once, its entries are visible once they are in the files. */
  async add({ submissionSetId, entries, replaced }: NewDeposit): Promise<void> {
    this.#submissionSets.add(submissionSetId);
    try {
      const stored = await Promise.all(
        entries.map(async ({ entry, content }) => ({ ...entry, place: await this.#blobs.append(content) })),
      );
      const record = { submissionSetId, entries: stored, replaced };
      await this.#log.append(record);
      this.#index(record);
    } catch (error) {
      this.#submissionSets.delete(submissionSetId);
      throw error;
    }
  }

  async update(submissionSetId: string, statuses: Readonly<Record<string, EntryStatus>>): Promise<void> {
    this.#submissionSets.add(submissionSetId);
    const record = { submissionSetId, entries: [], replaced: [], statuses };
    await this.#log.append(record);
    this.#index(record);
  }

  content(entry: StoredEntry): Promise<Buffer> {
    return this.#blobs.read(entry.place);
  }

  async close(): Promise<void> {
    await Promise.all([this.#log.close(), this.#blobs.close()]);
  }

  #index({ entries, replaced, statuses = {} }: DepositRecord): void {
    for (const entry of entries) {
      this.#entries.set(entry.entryUuid, entry);
      addTo(this.#byUniqueId, entry.uniqueId, entry.entryUuid);
      addTo(this.#byPatient, entry.patientId, entry.entryUuid);
    }
    for (const id of replaced) this.#statuses.set(id, 'Deprecated');
    for (const [id, status] of Object.entries(statuses)) this.#statuses.set(id, status);
  }
}

function addTo(index: Map<string, Set<string>>, key: string, value: string): void {
  const values = index.get(key);
  if (values) values.add(value);
  else index.set(key, new Set([value]));
}
