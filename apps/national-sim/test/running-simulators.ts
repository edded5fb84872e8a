import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../src/config.js';
import { startSimulators, type Simulators } from '../src/simulators.js';
import { DmpClient } from './dmp-client.js';
import { createAuthority, type Authority, type Identity } from './pki.js';

export const finess = '990000101';
export const mailbox = 'pfi@chx.mssante.fr';

/** Simulators on free ports, with their own authority and state folder. */
export class RunningSimulators {
  private constructor(
    readonly authority: Authority,
    readonly channel: Identity,
    readonly seal: Identity,
    /** The client certificate of `mailbox`. */
    readonly holder: Identity,
    private readonly folder: string,
    private readonly env: Record<string, string>,
    private simulators: Simulators,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<RunningSimulators> {
    const folder = mkdtempSync(join(tmpdir(), 'national-sim-'));
    const authority = await createAuthority('AC TEST');
    const [server, channel, seal, holder] = await Promise.all([
      authority.issue('CN=localhost'),
      authority.issue(`CN=CH X authentification, OU=1${finess}, O=CH X, C=FR`),
      authority.issue(`CN=CH X signature, OU=1${finess}, O=CH X, C=FR`),
      authority.issue(`CN=CH X messagerie, OU=1${finess}, O=CH X, C=FR`, mailbox),
    ]);
    const file = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const whole = {
      PFI_SIM_STATE_DIR: join(folder, 'state'),
      PFI_SIM_ADMIN_PORT: '0',
      PFI_SIM_INSI_PORT: '0',
      PFI_SIM_DMP_PORT: '0',
      PFI_SIM_OIDC_PORT: '0',
      PFI_SIM_ZAM_PORT: '0',
      PFI_SIM_ANNUAIRE_PORT: '0',
      PFI_SIM_SMTP_PORT: '0',
      PFI_SIM_IMAP_PORT: '0',
      PFI_SIM_TLS_CERT_FILE: file('server.crt', server.certificate),
      PFI_SIM_TLS_KEY_FILE: file('server.key', server.key),
      PFI_DMP_CA_FILE: file('ca.crt', authority.certificate),
      PFI_SIM_OIDC_CLIENTS_FILE: file(
        'clients.json',
        JSON.stringify([{ clientId: 'test-eg', secret: 's3cret', scopes: ['eg:990000119'], roles: ['reader'] }]),
      ),
      ...env,
    };
    return new RunningSimulators(
      ...([authority, channel, seal, holder, folder, whole] as const),
      await startSimulators(readConfig(whole)),
    );
  }

  get ports(): Simulators['ports'] {
    return this.simulators.ports;
  }

  client(): DmpClient {
    return new DmpClient({
      port: this.ports.dmp,
      authority: this.authority.certificate,
      channel: this.channel,
      seal: this.seal,
      finess,
    });
  }

  async restart(): Promise<void> {
    await this.simulators.close();
    this.simulators = await startSimulators(readConfig(this.env));
  }

  async stop(): Promise<void> {
    await this.simulators.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  admin(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.ports.admin}${path}`, init);
  }

  async items<T>(path: string): Promise<T[]> {
    const page = (await (await this.admin(path)).json()) as { items: T[] };
    return page.items;
  }

  async setFault(fault: object): Promise<string> {
    const response = await this.admin('/faults', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fault),
    });
    if (response.status !== 201) throw new Error(`fault refused: ${await response.text()}`);
    return ((await response.json()) as { id: string }).id;
  }
}
