import { Controller, Get, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { HttpProblem, Public, TokenVerifier } from '@pfi/platform-http';
import type { Logger } from '@pfi/platform-telemetry';
import type { Request, Response } from 'express';
import { CONSOLE_LOGGER, SESSION_MAX } from '../http/tokens.js';
import { Cookies } from '../http/cookies.js';
import { demandCsrfToken, idleMsOf } from '../http/session-request.js';
import { Sessions } from '../sessions/sessions.js';
import { pendingCookie, readPendingCookie } from './pending-cookie.js';
import { SignInRefused } from './people-provider.js';
import { Providers } from './providers.js';
import { returnPath } from './return-path.js';

const PENDING_MS = 10 * 60_000;

/** Who is signed in at this browser, said to the web console. */
export interface SessionView {
  readonly subject: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly csrfToken: string;
}

/** Sign-in and sign-out of people. Tokens stay on this side: a browser holds a session cookie, and no more. */
@Public()
@Controller('auth')
export class SignInController {
  constructor(
    @Inject(Providers) private readonly providers: Providers,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(Cookies) private readonly cookies: Cookies,
    @Inject(TokenVerifier) private readonly verifier: TokenVerifier,
    @Inject(CONSOLE_LOGGER) private readonly logger: Logger,
    @Inject(SESSION_MAX) private readonly sessionMaxMs: number,
  ) {}

  @Get('providers')
  list(): { items: readonly { id: string; label: string }[]; next: null } {
    return { items: this.providers.list.map(({ id, label }) => ({ id, label })), next: null };
  }

  @Get('session')
  async session(@Req() request: Request): Promise<SessionView> {
    const current = await this.sessions.current(this.cookies.read(request, 'session'), idleMsOf(request));
    if (!current)
      throw new HttpProblem(401, 'SESSION_MISSING', 'Vous n’êtes pas connecté, ou votre session a pris fin.');
    const { subject, name, roles, scopes } = await this.verifier.verify(current.accessToken);
    return { subject, name, roles, scopes, csrfToken: current.csrfToken };
  }

  @Get('login')
  async login(
    @Query('provider') id: unknown,
    @Query('returnTo') returnTo: unknown,
    @Res() response: Response,
  ): Promise<void> {
    const provider = typeof id === 'string' ? this.providers.get(id) : undefined;
    if (!provider) return back(response, 'inconnue');
    try {
      const { url, pending } = await provider.begin();
      const signIn = { ...pending, provider: provider.id, returnTo: returnPath(returnTo) };
      this.cookies.write(response, 'sign-in', pendingCookie(signIn), PENDING_MS);
      response.redirect(302, url.href);
    } catch (error) {
      this.#failed(response, provider.id, error);
    }
  }

  @Get('callback')
  async callback(@Req() request: Request, @Res() response: Response): Promise<void> {
    const signIn = readPendingCookie(this.cookies.read(request, 'sign-in'));
    this.cookies.clear(response, 'sign-in');
    const provider = signIn && this.providers.get(signIn.provider);
    if (!provider) return back(response, 'expiree');
    try {
      const query = /\?.*$/.exec(request.originalUrl)?.[0] ?? '';
      const { tokens, principal } = await provider.complete(query, signIn);
      const session = await this.sessions.open(provider.id, principal.subject, tokens);
      this.cookies.write(response, 'session', session, this.sessionMaxMs);
      this.logger.info({ provider: provider.id, subject: principal.subject }, 'signed in');
      response.redirect(302, signIn.returnTo);
    } catch (error) {
      this.#failed(response, provider.id, error);
    }
  }

  @Post('logout')
  @HttpCode(200)
  async logout(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<{ location: string }> {
    const id = this.cookies.read(request, 'session');
    demandCsrfToken(request, id);
    const location = await this.sessions.end(id);
    // Only for who proved to be a page of the console: another site could sign people out otherwise.
    if (id !== undefined) this.cookies.clear(response, 'session');
    return { location: location ?? '/' };
  }

  /** A navigation that failed ends on the sign-in page, which says why. */
  #failed(response: Response, provider: string, error: unknown): void {
    const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown; error?: unknown } };
    // Of the provider's answer its code alone: the rest may hold what a token holds.
    this.logger.warn({ provider, code, reason: cause?.error ?? cause?.code }, 'sign-in failed');
    const refused = error instanceof SignInRefused || error instanceof HttpProblem;
    back(response, refused ? 'refusee' : 'indisponible');
  }
}

function back(response: Response, why: 'inconnue' | 'expiree' | 'refusee' | 'indisponible'): void {
  response.redirect(302, `/?connexion=${why}`);
}
