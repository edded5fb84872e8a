import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { annuaireRoutes } from './admin/annuaire-routes.js';
import { createAdminApi } from './admin/admin-api.js';
import { insiRoutes } from './admin/insi-routes.js';
import { mssRoutes } from './admin/mss-routes.js';
import { createAnnuaireServer } from './annuaire/annuaire-server.js';
import { Professionals } from './annuaire/professionals.js';
import type { SimulatorConfig } from './config.js';
import { DepositStore } from './dmp/deposit-store.js';
import { createDmpServer } from './dmp/dmp-server.js';
import { DmpService } from './dmp/dmp-service.js';
import { RequestLog } from './dmp/request-log.js';
import { FaultBoard } from './faults/fault-board.js';
import { CivilRegistry } from './insi/civil-registry.js';
import { createInsiServer, type InsiCall } from './insi/insi-server.js';
import { GreenMailStore } from './mss/greenmail.js';
import { createImapFront } from './mss/imap-front.js';
import { MailStore } from './mss/mail-store.js';
import { MailboxContents } from './mss/mailbox-contents.js';
import { Mailboxes } from './mss/mailboxes.js';
import { MssOperator } from './mss/operator.js';
import { createSmtpServer } from './mss/smtp-server.js';
import { machineClients } from './oidc/machine-clients.js';
import { createOpenIdServer } from './oidc/openid-server.js';
import { loadSigningKey } from './oidc/signing-keys.js';
import { ZamMailbox } from './zam/zam-mailbox.js';
import { createZamReceiver } from './zam/zam-receiver.js';

const loopback = '127.0.0.1';

export interface Simulators {
  /** Ports really bound. */
  readonly ports: {
    readonly admin: number;
    readonly insi: number;
    readonly dmp: number;
    readonly annuaire: number;
    readonly oidc: number;
    readonly smtp: number;
    readonly imap: number;
    readonly zam: number;
  };
  /** Ends every connection at once. */
  close(): Promise<void>;
}

/** Starts every stand-in and their admin API, all on the loopback interface. */
export async function startSimulators(config: SimulatorConfig): Promise<Simulators> {
  const folder = config.PFI_SIM_STATE_DIR;
  const authorities = readFileSync(config.PFI_DMP_CA_FILE, 'utf8');
  const mss = join(folder, 'mss');
  const storePort = config.PFI_SIM_GREENMAIL_IMAP_PORT;
  const space = {
    trustedDomains: config.PFI_SIM_MSS_DOMAINS,
    patientDomain: config.PFI_SIM_MSS_PATIENT_DOMAIN,
    maxBytes: 10_000_000,
    patientMaxBytes: 25_000_000,
  };
  const [registry, store, mailbox, mailboxes, mails, contents, professionals] = await Promise.all([
    CivilRegistry.open(join(folder, 'insi')),
    DepositStore.open(join(folder, 'dmp')),
    ZamMailbox.open(join(folder, 'zam')),
    Mailboxes.open(mss, space),
    MailStore.open(mss),
    MailboxContents.open(mss, storePort === undefined ? null : new GreenMailStore(storePort)),
    Professionals.open(join(folder, 'annuaire')),
  ]);
  const faults = new FaultBoard();
  const requests = new RequestLog();
  const service = new DmpService({
    ...{ store, faults, requests },
    authorities: splitPem(authorities).map((pem) => new X509Certificate(pem)),
    environment: config.PFI_ENVIRONMENT,
  });
  const tls = {
    certificate: readFileSync(config.PFI_SIM_TLS_CERT_FILE, 'utf8'),
    privateKey: readFileSync(config.PFI_SIM_TLS_KEY_FILE, 'utf8'),
    authorities,
  };
  const dmp = createDmpServer(tls, service, faults);
  const insiCalls: InsiCall[] = [];
  const insi = createInsiServer(tls, registry, faults, insiCalls);
  const oidc = createOpenIdServer(
    {
      issuer: config.PFI_OIDC_MACHINE_ISSUER ?? `http://${loopback}:${config.PFI_SIM_OIDC_PORT}`,
      clients: machineClients(config.PFI_SIM_OIDC_CLIENTS_FILE),
      key: loadSigningKey(join(folder, 'oidc')),
      consoleUrl: config.PFI_CONSOLE_PUBLIC_URL,
    },
    faults,
  );
  const password = config.PFI_SIM_MSS_PASSWORD;
  const operator = new MssOperator(mailboxes, mails, contents, faults);
  const smtp = createSmtpServer(tls, operator, faults, password);
  const imap = createImapFront({ tls, faults, password, storePort });
  const annuaire = createAnnuaireServer(professionals, faults);
  const zam = createZamReceiver(mailbox, faults);
  const api = createAdminApi({ store, requests, faults, mailbox });
  api.use('/insi', insiRoutes(registry, insiCalls));
  api.use('/annuaire', annuaireRoutes(professionals));
  api.use('/mss', mssRoutes(operator));
  const admin = createServer(api);
  const close = async (): Promise<void> => {
    zam.closeAll();
    imap.closeAll();
    await Promise.all([
      stop(insi),
      stop(dmp),
      stop(oidc),
      stop(annuaire),
      stop(admin),
      stop(zam.server),
      stop(imap.server),
    ]);
    await new Promise<void>((resolve) => smtp.close(resolve));
    await operator.settled();
    const kept = [registry, store, mailbox, mailboxes, mails, contents, professionals];
    await Promise.all(kept.map((one) => one.close()));
  };
  try {
    const ports = {
      insi: await listen(insi, config.PFI_SIM_INSI_PORT),
      dmp: await listen(dmp, config.PFI_SIM_DMP_PORT),
      annuaire: await listen(annuaire, config.PFI_SIM_ANNUAIRE_PORT),
      oidc: await listen(oidc, config.PFI_SIM_OIDC_PORT),
      smtp: await listen(smtp.server, config.PFI_SIM_SMTP_PORT),
      imap: await listen(imap.server, config.PFI_SIM_IMAP_PORT),
      zam: await listen(zam.server, config.PFI_SIM_ZAM_PORT),
      // Last: its health answers tell that all the others listen.
      admin: await listen(admin, config.PFI_SIM_ADMIN_PORT),
    };
    return { ports, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function splitPem(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, loopback, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // A server that never listened calls back with an error: it is closed all the same.
    server.close(() => resolve());
    if ('closeAllConnections' in server) (server as HttpServer).closeAllConnections();
  });
}
