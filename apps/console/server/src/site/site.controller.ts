import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { HttpProblem, Public } from '@pfi/platform-http';
import type { Request, Response } from 'express';
import { SiteFiles, type SiteFile } from './site-files.js';

/** No inline script nor style, nothing from elsewhere; `wasm-unsafe-eval` and `blob:` are for the PDF reader. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ');

/** Never a page, whatever the caller accepts. */
const NO_PAGE = /^\/(api|auth|internal|health|metrics|assets)(\/|$)/i;

/** The web console's files; any other address that a browser opens is one of its pages. */
@Public()
@Controller()
export class SiteController {
  constructor(@Inject(SiteFiles) private readonly files: SiteFiles) {}

  @Get('{*path}')
  async file(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { path } = request;
    const file = this.files.get(path);
    if (file && file !== this.files.index) return send(request, response, file);
    const wantsPage = file !== undefined || (request.headers.accept ?? '').includes('text/html');
    if (!wantsPage || NO_PAGE.test(path))
      throw new HttpProblem(404, 'ROUTE_NOT_FOUND', 'Cette adresse ne mène nulle part.');
    await send(request, response, this.files.index);
  }
}

async function send(request: Request, response: Response, file: SiteFile): Promise<void> {
  const gzipped = request.acceptsEncodings('gzip') ? await file.gzipped() : undefined;
  response.set({
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cache-Control': file.hashed ? 'public, max-age=31536000, immutable' : 'no-store',
    Vary: 'Accept-Encoding',
    ...(gzipped ? { 'Content-Encoding': 'gzip' } : {}),
  });
  response.type(file.extension).send(gzipped ?? file.bytes);
}
