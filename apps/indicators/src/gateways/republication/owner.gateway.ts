import { PfiError } from '@pfi/health';
import type { MachineTokens } from '@pfi/platform-http';
import { z } from 'zod';
import type { SourceProgress } from '../../persistence/generations.js';

const ANSWER_MS = 10_000;

const progressSchema = z.object({
  id: z.string(),
  state: z.enum(['running', 'done']),
  published: z.record(z.string(), z.number()),
});

/** A service that owns facts, asked to publish them again. */
export class OwnerGateway {
  constructor(
    readonly service: string,
    private readonly url: string,
    private readonly tokens: Pick<MachineTokens, 'get' | 'forget'>,
  ) {}

  /** Raises OWNER_UNAVAILABLE. */
  request(): Promise<SourceProgress> {
    return this.ask('POST', '/internal/v1/republish');
  }

  /** Raises OWNER_UNAVAILABLE. */
  progress(id: string): Promise<SourceProgress> {
    return this.ask('GET', `/internal/v1/republish/${id}`);
  }

  private async ask(method: string, path: string): Promise<SourceProgress> {
    const token = await this.tokens.get();
    try {
      const response = await fetch(new URL(path, this.url), {
        method,
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_MS),
        headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      });
      if (response.status === 401) this.tokens.forget(token);
      if (!response.ok) throw new Error(`answered ${response.status}`);
      return progressSchema.parse(await response.json());
    } catch (cause) {
      throw new PfiError(
        'OWNER_UNAVAILABLE',
        'unavailable',
        `Le service ${this.service} n’a pas pris la demande de republication : nouvel essai automatique.`,
        { cause },
      );
    }
  }
}
