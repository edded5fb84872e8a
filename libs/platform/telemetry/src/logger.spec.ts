import { describe, expect, it } from '@jest/globals';
import { createLogger, NestLogger } from './index.js';

function recorder() {
  const text: string[] = [];
  const logger = createLogger('identity', { level: 'debug', destination: { write: (line) => void text.push(line) } });
  return {
    logger,
    text: () => text.join(''),
    lines: () => text.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

describe('createLogger', () => {
  it('writes one JSON line with service, level and time', () => {
    const { logger, lines } = recorder();
    logger.warn({ owner: 'ej:750712184', queue: 'deposit' }, 'job parked');
    expect(lines()).toMatchObject([
      { service: 'identity', level: 'warn', owner: 'ej:750712184', queue: 'deposit', msg: 'job parked' },
    ]);
    expect(lines()[0]?.['time']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('S-12 masks traits, identifiers, tokens and bytes at any depth', () => {
    const { logger, text } = recorder();
    const traits = { birthName: 'CANARI', birthGivenNames: 'CANARI', birthDate: 'CANARI', sex: 'F' };
    logger.info({ ins: 'CANARI', patient: { x: 'CANARI' }, deep: [{ a: { traits, matricule: 'CANARI' } }] }, 'x');
    logger.info(
      { authorization: 'CANARI', access_token: 'CANARI', payload: 'CANARI', bytes: Buffer.from('CANARI') },
      'x',
    );
    logger.child({ name: 'CANARI' }).info({ data: Buffer.from('CANARI') }, 'x');
    expect(text()).not.toContain('CANARI');
    expect(text()).not.toContain(JSON.stringify([...Buffer.from('CANARI')]).slice(1, -1));
  });

  it('S-12 drops the message of an error, of its causes and of a parser, and keeps codes and frames', () => {
    const { logger, text, lines } = recorder();
    const cause = Object.assign(new Error('Key (ins)=(CANARI) already exists\n    at CANARI'), { code: '23505' });
    logger.error({ err: new Error('CANARI is wrong', { cause }) }, 'not stored');
    try {
      JSON.parse('CANARI');
    } catch (error) {
      logger.error(error, 'not parsed');
    }
    expect(text()).not.toContain('CANARI');
    expect(lines()[0]).toMatchObject({ err: { type: 'Error', cause: { code: '23505' } } });
    expect(text()).toContain('logger.spec.ts');
  });
});

describe('NestLogger', () => {
  it('carries the context, and never the text of an error beside its stack', () => {
    const { logger, text, lines } = recorder();
    const nest = new NestLogger(logger);
    nest.log('Nest application successfully started', 'NestApplication');
    const error = new Error('CANARI');
    nest.error(error.message, error.stack, 'RpcExceptionsHandler');
    nest.error(error, 'ExceptionsHandler');
    expect(lines()[0]).toMatchObject({
      level: 'info',
      context: 'NestApplication',
      msg: 'Nest application successfully started',
    });
    expect(lines()[1]).toMatchObject({ level: 'error', context: 'RpcExceptionsHandler' });
    expect(text()).not.toContain('CANARI');
  });
});
