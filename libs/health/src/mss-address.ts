/** An MSSanté address in the one form that the platform writes: domain in lower case. */
export interface MssAddress {
  /** The whole, as it stands in an envelope. */
  readonly text: string;
  readonly local: string;
  readonly domain: string;
}

const MAX_ADDRESS = 254;
/** A dot-atom without what means something to a mail server or a header: no quotes, comments, groups, routes, encoded words. */
const LOCAL = /^(?=.{1,64}$)[A-Za-z0-9_+'-]+(?:\.[A-Za-z0-9_+'-]+)*$/;
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const DOMAIN = new RegExp(`^(?:${LABEL}\\.)+[A-Za-z]{2,63}$`);

/**
 * Reads one address; undefined when it is anything but `local@domain` of a narrow grammar (RFC 5321 Mailbox without quoted
 * strings, address literals or unusual characters). Spaces around are not forgiven.
 */
export function parseMssAddress(text: string): MssAddress | undefined {
  if (text.length > MAX_ADDRESS) return undefined;
  const at = text.indexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const domain = text.slice(at + 1).toLowerCase();
  return LOCAL.test(local) && DOMAIN.test(domain) ? { text: `${local}@${domain}`, local, domain } : undefined;
}

/** Is the address inside the MSSanté space of trust, given as domains (`mssante.fr` holds `chu.mssante.fr`)? */
export const isTrustedAddress = ({ domain }: MssAddress, trustedDomains: readonly string[]): boolean =>
  trustedDomains.some((trusted) => domain === trusted.toLowerCase() || domain.endsWith(`.${trusted.toLowerCase()}`));
