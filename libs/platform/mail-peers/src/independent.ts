import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Place } from './place.js';

const SCRIPT = join(import.meta.dirname, '..', 'python', 'independent.py');
const ANSWER_MS = 30_000;

/** A mail as Python's `email` package reads it. */
export interface IndependentMail {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly defects: readonly string[];
  readonly parts: readonly {
    readonly type: string;
    readonly charset: string | null;
    readonly name: string | null;
    readonly content: Buffer;
  }[];
}

/** A file of an archive as Python's `zipfile` reads it. */
export interface IndependentFile {
  readonly name: string;
  readonly sha1: string;
  readonly content: Buffer;
}

/** An object of METADATA.XML as Python's `xml.etree` reads it. */
export interface IndependentObject {
  readonly id: string;
  readonly mimeType: string | null;
  readonly title: string | null;
  readonly slots: Readonly<Record<string, readonly string[]>>;
  /** By classification scheme. */
  readonly classifications: Readonly<
    Record<string, readonly { readonly code: string; readonly slots: Readonly<Record<string, readonly string[]>> }[]>
  >;
  /** By name, as `XDSDocumentEntry.uniqueId`. */
  readonly identifiers: Readonly<Record<string, string>>;
}

/** How a door answered: `refused` with the reason, or what it said. */
export type Knock = Readonly<Record<string, unknown>> & { readonly refused?: string };

/** Readers and writers of Python's standard library: none shares code with the platform. Each raises what Python says. */
export const independent = {
  async readMail(raw: Buffer): Promise<IndependentMail> {
    const mail = await answer<Encoded<IndependentMail>>('mail', raw);
    return { ...mail, parts: mail.parts.map(decoded) };
  },

  async openZip(archive: Buffer): Promise<IndependentFile[]> {
    return (await answer<Encoded<IndependentFile>[]>('zip', archive)).map(decoded);
  },

  readMetadata(xml: Buffer): Promise<{
    readonly documents: readonly IndependentObject[];
    readonly submissionSets: readonly IndependentObject[];
  }> {
    return answer('metadata', xml);
  },

  /** The read notice of a mail, as the mail program of its reader would write it. */
  readNotice(mail: Buffer): Promise<Buffer> {
    return python(['read-notice'], mail);
  },

  /** Puts bytes in a mailbox of the peers. */
  async deliver({ folder }: Place, recipient: string, bytes: Buffer): Promise<void> {
    await python(['deliver', join(folder, 'lmtp'), recipient], bytes);
  },

  /** @param files paths of a client certificate and its key; without, none is shown */
  knock(
    { folder, smtpPort, imapPort }: Place,
    door: 'smtp' | 'imap',
    files: readonly [certificate: string, key: string] | readonly [] = [],
  ): Promise<Knock> {
    const port = door === 'smtp' ? smtpPort : imapPort;
    return answer('knock', Buffer.alloc(0), [door, String(port), join(folder, 'server-ca.crt'), ...files]);
  },
} as const;

type Encoded<T> = {
  readonly [K in keyof T]: T[K] extends Buffer
    ? string
    : T[K] extends readonly { content: Buffer }[]
      ? readonly Encoded<T[K][number]>[]
      : T[K];
};

const decoded = <T extends { readonly content: string }>(
  one: T,
): Omit<T, 'content'> & { readonly content: Buffer } => ({
  ...one,
  content: Buffer.from(one.content, 'base64'),
});

async function answer<T>(command: string, input: Buffer, args: readonly string[] = []): Promise<T> {
  return JSON.parse((await python([command, ...args], input)).toString()) as T;
}

function python(args: readonly string[], input: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', [SCRIPT, ...args], { stdio: 'pipe', timeout: ANSWER_MS });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out));
      else reject(new Error(`python3 ${args[0]}: ${Buffer.concat(err).toString().trim().split('\n').at(-1)}`));
    });
    // A script that fails before it has read everything says why by its code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
