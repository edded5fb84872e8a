import { readFileSync } from 'node:fs';
import { z } from 'zod';

const clientsFileSchema = z.array(
  z.strictObject({
    clientId: z.string().min(1),
    secret: z.string().min(1),
    scopes: z.array(z.string()),
    roles: z.array(z.string()),
  }),
);

export type MachineClient = z.output<typeof clientsFileSchema>[number];

const gateways = ['pfi-identity', 'pfi-documents', 'pfi-dmp-gateway', 'pfi-mss-gateway'];

/** The clients that the simulator always knows; each one's secret is its own name. */
export const builtInClients: readonly MachineClient[] = [
  { clientId: 'pfi-demo', secret: 'pfi-demo', scopes: ['ght'], roles: ['reader', 'operator', 'admin'] },
  // Asks the owners of facts to publish them again.
  { clientId: 'pfi-indicators', secret: 'pfi-indicators', scopes: ['ght'], roles: ['admin'] },
  ...gateways.map((clientId) => ({ clientId, secret: clientId, scopes: ['ght'], roles: ['gateway'] })),
];

/** Built-in clients and those of a JSON file, which win by name. @throws ZodError, or the error of reading the file */
export function machineClients(file: string | undefined): MachineClient[] {
  const added = file === undefined ? [] : clientsFileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const names = new Set(added.map((client) => client.clientId));
  return [...builtInClients.filter((client) => !names.has(client.clientId)), ...added];
}
