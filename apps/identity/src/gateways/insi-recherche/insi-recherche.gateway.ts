import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { PfiError } from '@pfi/health';
import {
  buildSearchRequest,
  InsiFault,
  parseSearchResponse,
  searchAction,
  type InsiAnswer,
  type InsiSearch,
} from '@pfi/insi';
import type { ClockWatch } from '@pfi/platform-service';
import { certificateFiles, type Ght } from '@pfi/platform-settings';
import { Agent } from 'undici';

export interface InsiEndpoint {
  readonly url: string;
  /** PEM of the authorities that sign the service's certificate; the system's own list when absent. */
  readonly ca?: string | undefined;
  readonly secretsDir: string;
}

/** What a call came to. `unreached`: no answer that can be read. */
export type InsiReply = InsiAnswer | { readonly kind: 'unreached'; readonly code: string };

interface Channel {
  readonly agent: Agent;
  readonly fingerprint: string;
}

const MAX_ANSWER_BYTES = 1_000_000;

/** `rechercherInsAvecTraitsIdentite` over mutual TLS, with the organisation certificate of a legal entity. */
export class InsiRecherche {
  readonly #channels = new Map<string, Channel>();

  constructor(
    private readonly ght: Ght,
    private readonly endpoint: InsiEndpoint,
    private readonly clock: Pick<ClockWatch, 'assertMayDate'>,
  ) {}

  /** Never raises for what the network or the service does. Raises CERTIFICATE_UNREADABLE and CLOCK_OFF, which the next try may mend. */
  async search(legalEntity: string, search: InsiSearch): Promise<InsiReply> {
    this.clock.assertMayDate();
    const { agent } = this.channel(legalEntity);
    const { totalTimeout } = this.ght.file.delays.insi;
    const { origin, pathname, search: query } = new URL(this.endpoint.url);
    try {
      const { statusCode, body } = await agent.request({
        origin,
        path: pathname + query,
        method: 'POST',
        headers: { 'content-type': `application/soap+xml; charset=UTF-8; action="${searchAction}"` },
        body: buildSearchRequest(search, this.context(legalEntity)),
        signal: AbortSignal.timeout(totalTimeout),
        headersTimeout: totalTimeout,
        bodyTimeout: totalTimeout,
      });
      const bytes = Buffer.from(await body.arrayBuffer());
      // A fault comes with 500, or 400 from some servers; anything else is not the service speaking.
      if (statusCode !== 200 && statusCode !== 400 && statusCode !== 500)
        return { kind: 'unreached', code: `HTTP_${statusCode}` };
      return parseSearchResponse(bytes);
    } catch (error) {
      if (error instanceof InsiFault) return { kind: 'unreached', code: error.code };
      const code = (error as { code?: unknown }).code;
      return { kind: 'unreached', code: typeof code === 'string' ? code : (error as Error).name };
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#channels.values()].map(({ agent }) => agent.destroy()));
  }

  private context(legalEntity: string) {
    const { software } = this.ght.file.insi;
    const { name, version } = this.ght.file.dmp.software;
    return {
      messageId: randomUUID(),
      at: new Date(),
      emitter: legalEntity,
      software: { name, version, instance: software.instance, ...(software.idam ? { idam: software.idam } : {}) },
    };
  }

  private channel(legalEntity: string): Channel {
    const known = this.#channels.get(legalEntity);
    try {
      const name = this.ght.legalEntity(legalEntity)?.certificates.authentication;
      if (!name) throw new Error('legal entity not in the GHT file');
      const files = certificateFiles(this.endpoint.secretsDir, name);
      const fingerprint = [files.certificate, files.key].map(fingerprintOf).join();
      if (known?.fingerprint === fingerprint) return known;
      const channel = { agent: this.open(files), fingerprint };
      this.#channels.set(legalEntity, channel);
      void known?.agent.close();
      return channel;
    } catch (cause) {
      // In the middle of a rotation the files do not fit together: the certificate in use still does.
      if (known) return known;
      throw new PfiError(
        'CERTIFICATE_UNREADABLE',
        'unavailable',
        `Certificat de l’entité juridique ${legalEntity} absent ou illisible : le déposer dans le dossier des secrets.`,
        { cause },
      );
    }
  }

  private open(files: { readonly certificate: string; readonly key: string }): Agent {
    const { ca } = this.endpoint;
    return new Agent({
      connections: 16,
      maxResponseSize: MAX_ANSWER_BYTES,
      connect: {
        cert: readFileSync(files.certificate),
        key: readFileSync(files.key),
        minVersion: 'TLSv1.2',
        timeout: this.ght.file.delays.insi.connectTimeout,
        ...(ca ? { ca } : {}),
      },
    });
  }
}

function fingerprintOf(file: string): string {
  const { mtimeMs, size, ino } = statSync(file);
  return `${mtimeMs}:${size}:${ino}`;
}
