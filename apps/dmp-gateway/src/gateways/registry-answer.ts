import type { DmpAnswer } from '@pfi/dmp-core';
import { parseRegistryResponse, XdsFault } from '@pfi/xds';
import type { Exchange } from './http-exchange.js';

/** An answer that cannot be read as a registry's is never taken for a success, nor for a refusal. */
export function registryAnswer(exchange: Exchange): DmpAnswer {
  if (exchange.kind !== 'answered') return exchange;
  const { status, contentType, body } = exchange;
  try {
    const answer = parseRegistryResponse(contentType, body);
    if (answer.kind === 'fault') return answer;
    return status === 200 ? answer : { kind: 'unknown', code: `HTTP_${status}` };
  } catch (error) {
    if (!(error instanceof XdsFault)) throw error;
    return { kind: 'unknown', code: status === 200 ? 'ANSWER_UNREADABLE' : `HTTP_${status}` };
  }
}
