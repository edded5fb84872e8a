import type { Ports } from './ports.js';

/** The applications that the stack starts; the console, which needs the others to be of use, comes last. */
export const services = ['identity', 'documents', 'dmp-gateway', 'mss-gateway', 'indicators', 'console'] as const;
export type ServiceName = (typeof services)[number];
export const parts = ['postgres', 'kafka', 'greenmail', 'national-sim', ...services] as const;
export type PartName = (typeof parts)[number];

export const isService = (part: PartName): part is ServiceName => (services as readonly string[]).includes(part);

/** PostgreSQL schema of each service; its roles take the same name. */
export const schemas: Readonly<Record<ServiceName, string>> = {
  identity: 'identity',
  documents: 'documents',
  'dmp-gateway': 'dmp',
  'mss-gateway': 'mss',
  indicators: 'indicators',
  console: 'console',
};

const httpPorts = {
  identity: 'identityHttp',
  documents: 'documentsHttp',
  'dmp-gateway': 'dmpGatewayHttp',
  'mss-gateway': 'mssGatewayHttp',
  indicators: 'indicatorsHttp',
  console: 'consoleHttp',
} as const;
const mllpPorts: Partial<Record<ServiceName, keyof Ports>> = { identity: 'identityMllp', documents: 'documentsMllp' };

export interface DatabaseUrls {
  readonly service: string;
  readonly system: string;
  readonly migration: string;
}

export interface Surroundings {
  readonly ports: Ports;
  readonly stateDir: string;
  readonly secretsDir: string;
  readonly caFile: string;
  readonly dmpServer: { readonly certificate: string; readonly key: string };
  readonly ghtFile: string;
  /** Folder with one file a service: the secret of its OpenID client, named after it. */
  readonly clientSecretsDir: string;
  readonly kafkaBrokers: string;
  readonly databases: Readonly<Record<ServiceName, DatabaseUrls>>;
  /** what the person set: wins over everything computed here */
  readonly overrides: Readonly<Record<string, string>>;
}

export const machineClient = { id: 'pfi-demo', secret: 'pfi-demo' } as const;

/** Ports and database addresses differ by process: a value set for all of them must not flatten them. */
const perProcess = [
  'PFI_HTTP_PORT',
  'PFI_MLLP_PORT',
  'PFI_DATABASE_URL',
  'PFI_DATABASE_SYSTEM_URL',
  'PFI_DATABASE_MIGRATION_URL',
  'PFI_DATABASE_ADMIN_URL',
  'PFI_POSTGRES_PORT',
] as const;

/** Path of the DMP's services on its test platform, kept by the simulator. */
const dmpServices = '/si-dmp-server/v2/services';

/** Each service signs in as itself; its demonstration secret is its name. */
export const machineClientOf = (service: ServiceName): string => `pfi-${service}`;

const url = (port: number): string => `http://127.0.0.1:${port}`;

/** The two ways in of people, as the simulator plays them. */
const peopleIssuers = (issuer: string): string =>
  [
    `${issuer}/etablissement id=etablissement label="Compte de l’établissement"`,
    `${issuer}/pro-sante-connect id=psc label="Pro Santé Connect" acr=eidas1 subject=SubjectNameID`,
  ].join(', ');

/** What every process of the platform is told. */
function shared(around: Surroundings): Record<string, string> {
  const { ports } = around;
  const issuer = url(ports.simOidc);
  return {
    PFI_ENVIRONMENT: 'trial',
    PFI_GHT_FILE: around.ghtFile,
    PFI_SECRETS_DIR: around.secretsDir,
    PFI_KAFKA_BROKERS: around.kafkaBrokers,
    PFI_OIDC_ISSUERS: peopleIssuers(issuer),
    PFI_OIDC_MACHINE_ISSUER: issuer,
    PFI_INSI_URL: `https://localhost:${ports.simInsi}/insi`,
    PFI_INSI_CA_FILE: around.caFile,
    PFI_DMP_REPOSITORY_URL: `https://localhost:${ports.simDmp}${dmpServices}/repository`,
    PFI_DMP_REGISTRY_URL: `https://localhost:${ports.simDmp}${dmpServices}/registry`,
    PFI_DMP_CA_FILE: around.caFile,
    PFI_MSS_SMTP_URL: `smtp://localhost:${ports.simSmtp}`,
    PFI_MSS_IMAP_URL: `imap://localhost:${ports.simImap}`,
    PFI_MSS_CA_FILE: around.caFile,
    PFI_ANNUAIRE_URL: `${url(ports.simAnnuaire)}/fhir`,
    PFI_IDENTITY_URL: url(ports.identityHttp),
    PFI_DOCUMENTS_URL: url(ports.documentsHttp),
    PFI_DMP_GATEWAY_URL: url(ports.dmpGatewayHttp),
    PFI_MSS_GATEWAY_URL: url(ports.mssGatewayHttp),
    PFI_INDICATORS_URL: url(ports.indicatorsHttp),
    PFI_CONSOLE_PUBLIC_URL: url(ports.consoleHttp),
    PFI_SIM_ADMIN_PORT: String(ports.simAdmin),
    PFI_SIM_INSI_PORT: String(ports.simInsi),
    PFI_SIM_DMP_PORT: String(ports.simDmp),
    PFI_SIM_ANNUAIRE_PORT: String(ports.simAnnuaire),
    PFI_SIM_OIDC_PORT: String(ports.simOidc),
    PFI_SIM_SMTP_PORT: String(ports.simSmtp),
    PFI_SIM_IMAP_PORT: String(ports.simImap),
    PFI_SIM_GREENMAIL_IMAP_PORT: String(ports.greenmail),
    PFI_SIM_ZAM_PORT: String(ports.simZam),
    // the example GHT file sends ZAM there
    PFI_ZAM_PORT: String(ports.simZam),
  };
}

const inherited = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS'] as const;

/** As in the image: glibc otherwise keeps what large documents needed, in one pool a thread. */
const allocation = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };

function fromSystem(): Record<string, string> {
  const given = Object.fromEntries(inherited.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  return { ...allocation, ...given };
}

function overridesFor(around: Surroundings): Record<string, string> {
  const kept = Object.entries(around.overrides).filter(([name]) => !(perProcess as readonly string[]).includes(name));
  return Object.fromEntries(kept);
}

/** The whole environment of one service; `port`s replace the default ones for a further instance. */
export function serviceEnvironment(
  service: ServiceName,
  around: Surroundings,
  instance: { readonly http: number; readonly mllp?: number | undefined } = instancePorts(service, around.ports),
): Record<string, string> {
  return {
    ...fromSystem(),
    ...shared(around),
    ...overridesFor(around),
    PFI_HTTP_PORT: String(instance.http),
    ...(instance.mllp === undefined ? {} : { PFI_MLLP_PORT: String(instance.mllp) }),
    PFI_OIDC_CLIENT_ID: machineClientOf(service),
    PFI_OIDC_CLIENT_SECRET_FILE: `${around.clientSecretsDir}/${machineClientOf(service)}`,
    PFI_DATABASE_URL: around.databases[service].service,
    PFI_DATABASE_SYSTEM_URL: around.databases[service].system,
  };
}

export function migrationEnvironment(service: ServiceName, around: Surroundings): Record<string, string> {
  return {
    ...fromSystem(),
    ...shared(around),
    ...overridesFor(around),
    PFI_DATABASE_MIGRATION_URL: around.databases[service].migration,
  };
}

export function simulatorEnvironment(around: Surroundings): Record<string, string> {
  return {
    ...fromSystem(),
    ...shared(around),
    ...overridesFor(around),
    PFI_HTTP_PORT: String(around.ports.simAdmin),
    PFI_SIM_STATE_DIR: `${around.stateDir}/national-sim`,
    PFI_SIM_TLS_CERT_FILE: around.dmpServer.certificate,
    PFI_SIM_TLS_KEY_FILE: around.dmpServer.key,
  };
}

export function instancePorts(service: ServiceName, ports: Ports): { http: number; mllp?: number } {
  const mllp = mllpPorts[service];
  return { http: ports[httpPorts[service]], ...(mllp ? { mllp: ports[mllp] } : {}) };
}

/** Parts that a variable replaces: they are used where they are, and not started. */
export function replacedParts(env: Readonly<Record<string, string | undefined>>): PartName[] {
  const set = (name: string) => Boolean(env[name]);
  return [
    ...(set('PFI_DATABASE_ADMIN_URL') || set('PFI_DATABASE_URL') ? (['postgres'] as const) : []),
    ...(set('PFI_KAFKA_BROKERS') ? (['kafka'] as const) : []),
    // mailboxes that are elsewhere need no store here
    ...(set('PFI_MSS_IMAP_URL') ? (['greenmail'] as const) : []),
    // the simulator plays both the DMP and the OpenID provider
    ...(set('PFI_DMP_REPOSITORY_URL') && set('PFI_OIDC_ISSUERS') ? (['national-sim'] as const) : []),
  ];
}
