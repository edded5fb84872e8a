import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { PfiError } from '@pfi/health';
import type { ClockWatch } from '@pfi/platform-service';
import { certificateFiles, type Ght } from '@pfi/platform-settings';
import { createVihfSigner, type HttpBody, type VihfSigner } from '@pfi/xds';
import type { Agent } from 'undici';
import { mutualTlsAgent, post, type Exchange } from './http-exchange.js';

export interface DmpEndpoints {
  readonly repositoryUrl: string;
  readonly registryUrl: string;
  /** PEM of the authorities that sign the DMP's certificate; the system's own list when absent. */
  readonly ca?: string | undefined;
  readonly secretsDir: string;
}

/** The channel of one legal entity: its client certificate, its signing certificate, its kept connections. */
export interface EntityChannel {
  readonly signer: VihfSigner;
  /** Never raises. */
  post(url: string, request: HttpBody): Promise<Exchange>;
}

interface OpenChannel extends EntityChannel {
  readonly agent: Agent;
  /** Of the files it was made from. */
  readonly fingerprint: string;
}

/** Mutual TLS to the DMP, one set of connections for each legal entity (its own certificates, S-05), renewed with its files (S-06). */
export class DmpConnections {
  readonly #channels = new Map<string, OpenChannel>();

  constructor(
    private readonly ght: Ght,
    readonly endpoints: DmpEndpoints,
    private readonly clock: Pick<ClockWatch, 'assertMayDate'>,
  ) {}

  /**
   * Raises CERTIFICATE_UNREADABLE: the files of the legal entity's certificates are missing or wrong; CLOCK_OFF: assertions signed
   * here would be refused.
   */
  of(legalEntity: string): EntityChannel {
    this.clock.assertMayDate();
    const known = this.#channels.get(legalEntity);
    try {
      const files = this.files(legalEntity);
      const fingerprint = files.map(fingerprintOf).join();
      if (known?.fingerprint === fingerprint) return known;
      const channel = this.open(files, fingerprint);
      this.#channels.set(legalEntity, channel);
      // Exchanges under way end on the old connections.
      void known?.agent.close();
      return channel;
    } catch (cause) {
      // In the middle of a rotation the files do not fit together: the certificates in use still do.
      if (known) return known;
      throw new PfiError(
        'CERTIFICATE_UNREADABLE',
        'invalid',
        `Certificats de l’entité juridique ${legalEntity} absents ou illisibles : les déposer dans le dossier des secrets, puis rejouer.`,
        { cause },
      );
    }
  }

  /** Cuts what is still under way: its outcome is looked up after the restart. */
  async close(): Promise<void> {
    await Promise.all([...this.#channels.values()].map(({ agent }) => agent.destroy()));
  }

  private files(legalEntity: string): string[] {
    const names = this.ght.legalEntity(legalEntity)?.certificates;
    if (!names) throw new Error('legal entity not in the GHT file');
    return [names.authentication, names.signature].flatMap((name) => {
      const { certificate, key } = certificateFiles(this.endpoints.secretsDir, name);
      return [certificate, key];
    });
  }

  private open(files: readonly string[], fingerprint: string): OpenChannel {
    const [cert, key, signingCertificate, signingKey] = files.map((file) => readFileSync(file)) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    const { connectTimeout, totalTimeout } = this.ght.file.delays.dmp;
    // Refuses a key of another certificate here, rather than at each handshake.
    createSecureContext({ cert, key });
    const signer = createVihfSigner(signingCertificate, signingKey);
    const agent = mutualTlsAgent({ cert, key, ca: this.endpoints.ca, connectTimeout });
    return { agent, fingerprint, signer, post: (url, request) => post(agent, url, request, totalTimeout) };
  }
}

function fingerprintOf(file: string): string {
  const { mtimeMs, size, ino } = statSync(file);
  return `${mtimeMs}:${size}:${ino}`;
}
