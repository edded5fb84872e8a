import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestAuthority } from '@pfi/platform-testing';
import type { Operator } from './operator.js';

const MAIN = resolve(import.meta.dirname, '../../../national-sim/dist/main.js');
const PORTS = ['ADMIN', 'INSI', 'DMP', 'ANNUAIRE', 'OIDC', 'SMTP', 'ZAM', 'IMAP'] as const;

/** The simulator as a process of its own, as the platform meets it; its mailboxes are read by IMAP when GreenMail runs. */
export async function simulatedOperator(authority: TestAuthority, greenMailPort: string): Promise<Operator> {
  const folder = mkdtempSync(join(tmpdir(), 'pfi-operator-'));
  const { cert, key } = await authority.issue('localhost');
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      ...Object.fromEntries(PORTS.map((name) => [`PFI_SIM_${name}_PORT`, '0'])),
      PFI_SIM_GREENMAIL_IMAP_PORT: greenMailPort,
      PFI_SIM_STATE_DIR: join(folder, 'state'),
      PFI_SIM_TLS_CERT_FILE: file('server.crt', cert),
      PFI_SIM_TLS_KEY_FILE: file('server.key', key),
      PFI_DMP_CA_FILE: file('ca.crt', authority.cert),
    },
  });
  const ended = once(child, 'exit');
  const ready = new Promise<Record<'admin' | 'smtp' | 'imap', number>>((resolvePorts, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const said = JSON.parse(line) as { msg: string; ports: Record<'admin' | 'smtp' | 'imap', number> };
      if (said.msg === 'ready') resolvePorts(said.ports);
    });
    void ended.then(() => reject(new Error('the simulator ended: is the workspace built?')));
  });
  const { admin, smtp, imap } = await ready;

  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(`http://127.0.0.1:${admin}/mss${path}`, init);
    if (!response.ok) throw new Error(`the simulator answered ${response.status} to ${path}`);
    return response;
  };
  const items = async <T>(path: string): Promise<T[]> => ((await (await ask(path)).json()) as { items: T[] }).items;
  const sent = async (address: string): Promise<Buffer[]> => {
    const mails = await items<{ id: string }>(`/mails?${new URLSearchParams({ recipient: address })}`);
    return Promise.all(mails.map(async ({ id }) => Buffer.from(await (await ask(`/mails/${id}/raw`)).arrayBuffer())));
  };
  const putThere = async (address: string): Promise<Buffer[]> =>
    (await items<{ raw: string }>(`/mailboxes/${address}/messages`)).map(({ raw }) => Buffer.from(raw));
  return {
    smtpUrl: `smtp://localhost:${smtp}`,
    imapUrl: `imap://localhost:${imap}`,
    ca: authority.cert,
    professional: async (state = 'open') => {
      const address = `dr.${randomUUID()}@cabinet.mssante.fr`;
      const headers = { 'content-type': 'application/json' };
      await ask(`/mailboxes/${address}`, { method: 'PUT', headers, body: JSON.stringify({ state }) });
      return address;
    },
    mails: async (address) => [...(await sent(address)), ...(await putThere(address))],
    put: async (address, bytes) => {
      await ask(`/mailboxes/${address}/messages`, { method: 'POST', body: new Uint8Array(bytes) });
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
