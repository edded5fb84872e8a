import type { NextFunction, Request, Response } from 'express';
import { meter } from '@pfi/platform-telemetry';

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

const duration = meter('http').createHistogram('http_server_request_duration_seconds', {
  description: 'Time to answer, by route and status',
  advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
});

/** Security headers of an API that serves no page, on every answer, errors included. */
export function securityHeaders(_request: Request, response: Response, next: NextFunction): void {
  response.set(HEADERS);
  next();
}

/** Label values are routes as declared, never a path as received. */
export function measureRequests(request: Request, response: Response, next: NextFunction): void {
  const start = performance.now();
  response.once('finish', () => {
    const route = (request.route as { path?: unknown } | undefined)?.path;
    duration.record((performance.now() - start) / 1000, {
      method: request.method,
      route: typeof route === 'string' ? route : 'unmatched',
      status: String(response.statusCode),
    });
  });
  next();
}
