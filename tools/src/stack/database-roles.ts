import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { provision, roleNames } from '@pfi/platform-postgres';
import type { ProvisionedService } from '@pfi/platform-postgres';
import { schemas, services } from './environment.js';
import type { DatabaseUrls, ServiceName } from './environment.js';

type Passwords = ProvisionedService['passwords'];

/** Makes the schema and roles of the services, and gives each its three addresses. */
export async function provisionServices(
  adminUrl: string,
  stateDir: string,
): Promise<Record<ServiceName, DatabaseUrls>> {
  const passwords = keptPasswords(join(stateDir, 'secrets', 'database-passwords.json'));
  await provision(
    adminUrl,
    services.map((service) => ({ schema: schemas[service], passwords: passwords[service] })),
  );
  return Object.fromEntries(
    services.map((service) => {
      const roles = roleNames(schemas[service]);
      const own = passwords[service];
      return [
        service,
        {
          service: withRole(adminUrl, roles.service, own.service),
          system: withRole(adminUrl, roles.system, own.system),
          migration: withRole(adminUrl, roles.owner, own.owner),
        },
      ];
    }),
  ) as Record<ServiceName, DatabaseUrls>;
}

function keptPasswords(file: string): Record<ServiceName, Passwords> {
  const kept = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<ServiceName, Passwords>>)
    : {};
  const make = () => randomBytes(18).toString('base64url');
  const all = Object.fromEntries(
    services.map((service) => [service, kept[service] ?? { owner: make(), service: make(), system: make() }]),
  ) as Record<ServiceName, Passwords>;
  writeFileSync(file, JSON.stringify(all), { mode: 0o600 });
  return all;
}

function withRole(adminUrl: string, role: string, password: string): string {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = password;
  return url.href;
}
