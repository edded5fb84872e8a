import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { StackFault } from './stack-fault.js';

/** Every port that the stack may open: default, the variable that moves it, and the part that opens it. */
const table = {
  postgres: { port: 15432, variable: 'PFI_POSTGRES_PORT', part: 'postgres' },
  kafka: { port: 19092, variable: 'PFI_KAFKA_PORT', part: 'kafka' },
  kafkaController: { port: 19093, variable: 'PFI_KAFKA_CONTROLLER_PORT', part: 'kafka' },
  identityHttp: { port: 3001, variable: 'PFI_IDENTITY_HTTP_PORT', part: 'identity' },
  identityMllp: { port: 2575, variable: 'PFI_IDENTITY_MLLP_PORT', part: 'identity' },
  documentsHttp: { port: 3002, variable: 'PFI_DOCUMENTS_HTTP_PORT', part: 'documents' },
  documentsMllp: { port: 2576, variable: 'PFI_DOCUMENTS_MLLP_PORT', part: 'documents' },
  dmpGatewayHttp: { port: 3003, variable: 'PFI_DMP_GATEWAY_HTTP_PORT', part: 'dmp-gateway' },
  mssGatewayHttp: { port: 3004, variable: 'PFI_MSS_GATEWAY_HTTP_PORT', part: 'mss-gateway' },
  indicatorsHttp: { port: 3005, variable: 'PFI_INDICATORS_HTTP_PORT', part: 'indicators' },
  consoleHttp: { port: 8080, variable: 'PFI_CONSOLE_HTTP_PORT', part: 'console' },
  simAdmin: { port: 8100, variable: 'PFI_SIM_ADMIN_PORT', part: 'national-sim' },
  simInsi: { port: 8101, variable: 'PFI_SIM_INSI_PORT', part: 'national-sim' },
  simDmp: { port: 8102, variable: 'PFI_SIM_DMP_PORT', part: 'national-sim' },
  simAnnuaire: { port: 8103, variable: 'PFI_SIM_ANNUAIRE_PORT', part: 'national-sim' },
  simOidc: { port: 8104, variable: 'PFI_SIM_OIDC_PORT', part: 'national-sim' },
  simSmtp: { port: 8125, variable: 'PFI_SIM_SMTP_PORT', part: 'national-sim' },
  simZam: { port: 8126, variable: 'PFI_SIM_ZAM_PORT', part: 'national-sim' },
  simImap: { port: 8143, variable: 'PFI_SIM_IMAP_PORT', part: 'national-sim' },
  greenmail: { port: 18143, variable: 'PFI_SIM_GREENMAIL_IMAP_PORT', part: 'greenmail' },
} as const satisfies Record<string, { port: number; variable: string; part: string }>;

export type PortName = keyof typeof table;
export type Ports = Readonly<Record<PortName, number>>;
export const defaultPorts = Object.fromEntries(Object.entries(table).map(([name, { port }]) => [name, port])) as Ports;
const names = Object.keys(table) as PortName[];

/** `default`: the documented ones and their variables; `free`: a free block, for tests beside anything; or a first port. */
export type PortChoice = 'default' | 'free' | { readonly base: number };

export async function choosePorts(choice: PortChoice, env: NodeJS.ProcessEnv): Promise<Ports> {
  if (choice === 'free') return block(await freePorts(names.length));
  if (choice !== 'default') return block(choice.base);
  return Object.fromEntries(names.map((name) => [name, fromVariable(name, env)])) as Ports;
}

/** @throws StackFault naming the first taken port among those of these parts, and the variable that moves it. */
export async function refuseTakenPorts(ports: Ports, parts: readonly string[]): Promise<void> {
  const needed = names.filter((name) => parts.includes(table[name].part));
  const free = await Promise.all(needed.map((name) => isFree(ports[name])));
  needed.forEach((name, index) => {
    if (free[index]) return;
    const { variable, part } = table[name];
    throw new StackFault(`port ${ports[name]} (${part}) is taken by another program: free it, or set ${variable}`);
  });
}

export async function isFree(port: number): Promise<boolean> {
  // both: some systems let a server on all addresses stand beside one on the loopback
  return (await canListen(port, '0.0.0.0')) && (await canListen(port, '127.0.0.1'));
}

function fromVariable(name: PortName, env: NodeJS.ProcessEnv): number {
  const { port, variable } = table[name];
  const text = env[variable];
  if (!text) return port;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value < 65_536) return value;
  throw new StackFault(`${variable} must be a port between 1 and 65535`);
}

function block(base: number): Ports {
  return Object.fromEntries(names.map((name, index) => [name, base + index])) as Ports;
}

/**
 * The first of `count` free ports in a row; below the range from which the system takes outgoing ports, so that a
 * restarted part finds its port again.
 */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const base = randomInt(20_000, 32_000 - count);
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(base + index)));
    if (free.every(Boolean)) return base;
  }
  throw new StackFault(`no ${count} free ports in a row were found between 20000 and 32000`);
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
