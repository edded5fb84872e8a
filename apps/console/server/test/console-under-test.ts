import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createService } from '@pfi/platform-http';
import { createTestDatabase, type TestDatabase } from '@pfi/platform-postgres/testing';
import { Ght, loadGhtFile } from '@pfi/platform-settings';
import { createLogger } from '@pfi/platform-telemetry';
import { freePort } from '@pfi/platform-testing';
import { consoleParts } from '../src/app.module.js';
import { readConfig } from '../src/config.js';
import { migrations } from '../src/persistence/migrations/index.js';
import { PeopleProvider } from './people-provider.js';
import { Visitor } from './visitor.js';

const ghtFile = join(import.meta.dirname, '../../../../deploy/ght.example.yaml');
type App = Awaited<ReturnType<typeof createService>>;

interface Options {
  /** By the names of their variables; one that is not given is an address where nobody listens. */
  readonly services?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly tokenSeconds?: number;
}

/** The console's server on a database of its own, with two OpenID providers; further replicas share both. */
export class ConsoleUnderTest {
  readonly #replicas: { readonly app: App; readonly close: () => Promise<void> }[] = [];

  private constructor(
    readonly url: string,
    readonly test: TestDatabase,
    readonly hospital: PeopleProvider,
    readonly psc: PeopleProvider,
    private readonly folder: string,
    private readonly env: Record<string, string>,
  ) {}

  static async open(options: Options = {}): Promise<ConsoleUnderTest> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const test = await createTestDatabase([{ schema: 'console', migrations }]);
    const [hospital, psc] = await Promise.all([
      PeopleProvider.start(url, options.tokenSeconds),
      PeopleProvider.start(url, options.tokenSeconds),
    ]);
    const folder = mkdtempSync(join(tmpdir(), 'pfi-console-'));
    writeFileSync(join(folder, 'secret'), PeopleProvider.client.secret);
    mkdirSync(join(folder, 'site', 'assets'), { recursive: true });
    writeFileSync(join(folder, 'site', 'index.html'), '<!doctype html><title>console</title>');
    writeFileSync(join(folder, 'site', 'assets', 'index-abc123.js'), `export const text = '${'a'.repeat(5_000)}';`);
    const env = {
      PFI_ENVIRONMENT: 'trial',
      PFI_HTTP_PORT: String(port),
      PFI_GHT_FILE: ghtFile,
      PFI_DATABASE_URL: test.url('console'),
      PFI_OIDC_CLIENT_ID: PeopleProvider.client.id,
      PFI_OIDC_CLIENT_SECRET_FILE: join(folder, 'secret'),
      PFI_OIDC_ISSUERS: `${hospital.issuer} id=hopital label="CHU", ${psc.issuer} id=psc label="Pro Santé Connect" acr=eidas1 subject=SubjectNameID`,
      PFI_CONSOLE_PUBLIC_URL: url,
      PFI_CONSOLE_SITE_DIR: join(folder, 'site'),
      PFI_CONSOLE_SERVICE_TIMEOUT: 'PT1S',
      PFI_IDENTITY_URL: nowhere,
      PFI_DOCUMENTS_URL: nowhere,
      PFI_DMP_GATEWAY_URL: nowhere,
      PFI_MSS_GATEWAY_URL: nowhere,
      PFI_INDICATORS_URL: nowhere,
      ...options.services,
      ...options.env,
    };
    const console = new ConsoleUnderTest(url, test, hospital, psc, folder, env);
    await console.replica(port);
    return console;
  }

  /** One more process behind the same address; its own, for a test that wants to choose. */
  async replica(port = 0, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const config = readConfig({ ...this.env, ...env });
    const database = await this.test.open('console');
    const logger = createLogger('console-test', { level: 'fatal' });
    const parts = consoleParts(config, new Ght(loadGhtFile(ghtFile, {})), database, logger);
    const app = await createService({
      name: 'console',
      logger,
      module: parts.module,
      config: { port, auth: parts.auth },
    });
    await app.listen(port, '127.0.0.1');
    this.#replicas.push({ app, close: () => parts.services.close() });
    return `http://127.0.0.1:${((app.getHttpServer() as Server).address() as AddressInfo).port}`;
  }

  get app(): App {
    return (this.#replicas[0] as { app: App }).app;
  }

  visitor(): Visitor {
    return new Visitor(this.url);
  }

  /** A person of the GHT file, signed in at the hospital's provider. */
  async signedIn(subject = 'demo-operateur'): Promise<Visitor> {
    this.hospital.next = { subject };
    const visitor = this.visitor();
    await visitor.signIn('hopital');
    return visitor;
  }

  /** Moves an instant of every session back, as time would. */
  async age(column: 'expires_at' | 'last_seen_at' | 'renew_at' | 'token_until', seconds: number): Promise<void> {
    await this.test.admin(`UPDATE console.session SET ${column} = ${column} - $1 * interval '1 second'`, [seconds]);
  }

  async close(): Promise<void> {
    for (const { app, close } of this.#replicas) {
      await close();
      await app.close();
    }
    await Promise.all([this.hospital.pause(), this.psc.pause()]);
    await this.test.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
