import { machineClient } from '../stack/environment.js';
import type { Ports } from '../stack/ports.js';

/** Of a stack, or of one that another launcher runs. */
export interface Addressed {
  readonly ports: Ports;
  readonly names: readonly string[];
  readonly stateDir: string;
}

/** Where to look, one line a door. */
export function addresses({ ports, names, stateDir }: Addressed): string[] {
  const doors: readonly (readonly [string, string, string])[] = [
    ['console', 'console', `http://127.0.0.1:${ports.consoleHttp}`],
    ['console', '', 'sign in as demo-lecteur, demo-operateur, demo-identitovigilance or demo-admin, no password'],
    ['identity', 'ADT (MLLP)', `127.0.0.1:${ports.identityMllp}`],
    ['identity', 'identities', `http://127.0.0.1:${ports.identityHttp}/api/identity/v1`],
    ['documents', 'MDM, ORU (MLLP)', `127.0.0.1:${ports.documentsMllp}`],
    ['documents', 'documents', `http://127.0.0.1:${ports.documentsHttp}/api/documents/v1`],
    ['dmp-gateway', 'DMP gateway', `http://127.0.0.1:${ports.dmpGatewayHttp}/api/dmp/v1`],
    ['mss-gateway', 'MSSanté gateway', `http://127.0.0.1:${ports.mssGatewayHttp}/api/mss/v1`],
    ['indicators', 'indicators', `http://127.0.0.1:${ports.indicatorsHttp}/api/indicators/v1`],
    ['national-sim', 'simulators (admin)', `http://127.0.0.1:${ports.simAdmin}`],
    [
      'national-sim',
      'OpenID provider',
      `http://127.0.0.1:${ports.simOidc}  client ${machineClient.id}, secret ${machineClient.secret}`,
    ],
    ['national-sim', 'MSSanté operator', `smtp 127.0.0.1:${ports.simSmtp}, imap 127.0.0.1:${ports.simImap}`],
    ['postgres', 'PostgreSQL', `127.0.0.1:${ports.postgres}`],
    ['kafka', 'Kafka', `127.0.0.1:${ports.kafka}`],
  ];
  const shown = doors.filter(([name]) => names.includes(name));
  return [...shown.map(([, what, where]) => `  ${what.padEnd(20)}${where}`), `  ${'logs'.padEnd(20)}${stateDir}/logs`];
}
