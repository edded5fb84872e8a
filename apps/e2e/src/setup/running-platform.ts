import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { httpListener, otlpReceiver } from '@pfi/platform-testing';
import type { HttpListener, OtlpReceiver, ReceivedSpan } from '@pfi/platform-testing';
import { shortDelays, startStack } from '@pfi/tools';
import type { Stack, StackOptions } from '@pfi/tools';
import type { PlatformAddress } from './platform-address.js';
import { scopedClientsFile } from './scoped-clients.js';

export const workspace = resolve(import.meta.dirname, '../../../..');

/** A whole platform on free ports with a collector of traces, and a door for the tests that need a hand on it. */
export class RunningPlatform {
  readonly #stack: Stack;
  readonly #collector: OtlpReceiver;
  readonly #control: HttpListener;

  private constructor(stack: Stack, collector: OtlpReceiver, control: HttpListener) {
    this.#stack = stack;
    this.#collector = collector;
    this.#control = control;
  }

  /** `variation`: what differs from the whole platform in a new `.pfi/e2e`. */
  static async start(variation: Partial<StackOptions> = {}): Promise<RunningPlatform> {
    const stateDir = variation.stateDir ?? join(workspace, '.pfi', 'e2e');
    mkdirSync(stateDir, { recursive: true });
    const clientsFile = join(stateDir, 'oidc-clients.json');
    writeFileSync(clientsFile, scopedClientsFile(), { mode: 0o600 });
    const collector = await otlpReceiver();
    try {
      const stack = await startStack({
        fresh: true,
        ports: 'free',
        ...variation,
        stateDir,
        settings: {
          ...shortDelays,
          PFI_DELAY_MSS_PRO_WITHOUT_INS: 'PT5S',
          PFI_OTLP_URL: collector.url,
          PFI_SIM_OIDC_CLIENTS_FILE: clientsFile,
          ...variation.settings,
        },
      });
      return new RunningPlatform(stack, collector, await control(stack, collector));
    } catch (error) {
      await collector.close();
      throw error;
    }
  }

  get address(): PlatformAddress {
    const { ports, surroundings } = this.#stack;
    return { ports, ghtFile: surroundings.ghtFile, controlUrl: this.#control.url };
  }

  async stop(): Promise<void> {
    await this.#control.close();
    await this.#stack.close();
    await this.#collector.close();
  }
}

function control(stack: Stack, collector: OtlpReceiver): Promise<HttpListener> {
  return httpListener(async (request, _body, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const name = url.searchParams.get('name') ?? '';
    switch (url.pathname) {
      case '/kill':
        await stack.kill(name);
        response.writeHead(204).end();
        return;
      case '/ready':
        await stack.whenReady();
        response.writeHead(204).end();
        return;
      case '/spans':
        response.end(JSON.stringify(spans(collector, url.searchParams.get('trace'))));
        return;
      default:
        response.writeHead(404).end();
    }
  });
}

const spans = (collector: OtlpReceiver, trace: string | null): readonly ReceivedSpan[] =>
  trace === null ? collector.spans : collector.trace(trace);
