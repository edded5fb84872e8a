import type { CookieOptions, Request, Response } from 'express';

type CookieName = 'session' | 'sign-in';

/** The console's two cookies. Over https they are `Secure` and named `__Host-`, so that no other host can have set them. */
export class Cookies {
  readonly #secure: boolean;

  constructor(publicUrl: string) {
    this.#secure = publicUrl.startsWith('https:');
  }

  read(request: Request, cookie: CookieName): string | undefined {
    const wanted = `${this.#name(cookie)}=`;
    const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
    return pairs.find((pair) => pair.startsWith(wanted))?.slice(wanted.length);
  }

  /**
   * The session is never sent by a navigation from another site; pages ask for their data themselves. The sign-in must be: the
   * provider sends the browser back.
   */
  write(response: Response, cookie: CookieName, value: string, maxAgeMs: number): void {
    response.cookie(this.#name(cookie), value, { ...this.#options(cookie), maxAge: maxAgeMs });
  }

  clear(response: Response, cookie: CookieName): void {
    response.clearCookie(this.#name(cookie), this.#options(cookie));
  }

  #name(cookie: CookieName): string {
    return `${this.#secure ? '__Host-' : ''}pfi-${cookie}`;
  }

  #options(cookie: CookieName): CookieOptions {
    const sameSite = cookie === 'session' ? 'strict' : 'lax';
    return { httpOnly: true, secure: this.#secure, path: '/', sameSite };
  }
}
