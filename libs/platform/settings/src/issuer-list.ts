import { z } from 'zod';

/** One issuer of `PFI_OIDC_ISSUERS`. Services read the first three; the console, where people sign in, the others too. */
export interface TrustedIssuer {
  /** Exactly as in the tokens' `iss`. */
  readonly issuer: string;
  /** Authentication level demanded of people: `acr=eidas1` at Pro Santé Connect. */
  readonly acr?: string;
  /** Claim that is the stable subject, `sub` when absent: `subject=SubjectNameID` at Pro Santé Connect. */
  readonly subjectClaim?: string;
  /** Name of this way in, in the console's addresses. */
  readonly id?: string;
  /** What the console's link says. */
  readonly label?: string;
  /** Client id of the console there, in place of `PFI_OIDC_CLIENT_ID`. */
  readonly clientId?: string;
  /** Path of the secret of that client. */
  readonly clientSecretFile?: string;
  /** Scopes asked, separated by spaces. */
  readonly scope?: string;
}

const fields = {
  acr: 'acr',
  subject: 'subjectClaim',
  id: 'id',
  label: 'label',
  client: 'clientId',
  secretFile: 'clientSecretFile',
  scope: 'scope',
} as const satisfies Record<string, keyof TrustedIssuer>;

const ITEM = /^(\S+)((?:\s+[A-Za-z]+=(?:"[^"]*"|[^\s"]+))*)$/;
const OPTION = /([A-Za-z]+)=(?:"([^"]*)"|([^\s"]+))/g;

/**
 * The issuers trusted for people, comma-separated; each may carry options after a space, with quotes round a value that holds
 * spaces: `https://idp.example, https://psc.example acr=eidas1 subject=SubjectNameID label="Pro Santé Connect"`.
 */
export const issuerListVariable = z.string().transform((text, context): readonly TrustedIssuer[] => {
  const issuers = text.split(',').map(issuerOf);
  const known = issuers.filter((issuer) => issuer !== undefined);
  if (known.length === issuers.length && new Set(known.map(({ issuer }) => issuer)).size === known.length) return known;
  context.addIssue({
    code: 'custom',
    message: `liste d’adresses http(s) distinctes attendue, séparées par des virgules, chacune suivie d’options ${Object.keys(fields).join('=, ')}=`,
  });
  return z.NEVER;
});

function issuerOf(item: string): TrustedIssuer | undefined {
  const [, issuer = '', options = ''] = ITEM.exec(item.trim()) ?? [];
  if (!/^https?:/.test(issuer) || !URL.canParse(issuer)) return undefined;
  const pairs = [...options.matchAll(OPTION)].map(([, name = '', quoted, plain]) => [name, quoted ?? plain] as const);
  if (!pairs.every(([name]) => Object.hasOwn(fields, name))) return undefined;
  return {
    issuer,
    ...Object.fromEntries(pairs.map(([name, value]) => [fields[name as keyof typeof fields], value])),
  };
}
