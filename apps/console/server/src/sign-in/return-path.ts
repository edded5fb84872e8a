const LONGEST = 1_000;
/** Only what the web's own pages are called by: no backslash, no control character, no second slash to begin with. */
const LOCAL = /^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/;
const BASE = 'http://console.invalid';

/** Where a browser may be sent after its sign-in: a page of the console, else its home. Never another origin. */
export function returnPath(asked: unknown): string {
  if (typeof asked !== 'string' || asked.length > LONGEST || !LOCAL.test(asked)) return '/';
  if (!URL.canParse(asked, BASE)) return '/';
  const { origin, pathname, search } = new URL(asked, BASE);
  // Dot segments are resolved by now: what comes out may begin with two slashes again.
  if (origin !== BASE || pathname.startsWith('//') || /^\/(api|auth)(\/|$)/i.test(pathname)) return '/';
  return `${pathname}${search}`;
}
