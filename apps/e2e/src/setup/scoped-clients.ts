/** Machine clients that see a part of the group only, added to those of the simulated OpenID provider. */
export const scopedClients = {
  rocheClaire: { id: 'e2e-roche', secret: 'e2e-roche', scopes: ['ej:990000200', 'dom:roche'] },
  vieuxPont: { id: 'e2e-vieux-pont', secret: 'e2e-vieux-pont', scopes: ['eg:990000127'] },
} as const;

/** Content of `PFI_SIM_OIDC_CLIENTS_FILE`. */
export const scopedClientsFile = (): string =>
  JSON.stringify(
    Object.values(scopedClients).map(({ id, secret, scopes }) => ({
      clientId: id,
      secret,
      scopes,
      roles: ['reader', 'operator'],
    })),
  );
