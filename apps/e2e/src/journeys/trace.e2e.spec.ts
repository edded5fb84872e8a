import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@pfi/platform-testing';
import type { ReceivedSpan } from '@pfi/platform-testing';
import { mdm, newPatient } from '@pfi/tools';
import { Platform } from '../setup/platform.js';

const platform = new Platform();

afterAll(() => platform.close());

const stepsOf = (trace: readonly ReceivedSpan[]): Set<string> =>
  new Set(trace.map(({ service, name }) => `${service} ${name}`));

describe('one document, with a collector of traces', () => {
  it('is one trace from the MLLP door through Kafka and the claim to the DMP’s answer and back', async () => {
    const dpi = platform.sender('dpi-a');
    const patient = newPatient(dpi.authority);
    await platform.tellIdentity('gam', 'A28', patient, 'qualifiee');
    const sent = await platform.send(mdm(dpi, patient, { insInCda: patient.ins }));
    const { document } = await platform.awaitDmp(sent, 'delivered');
    await platform.awaitZam(sent);

    const trace = await eventually(
      async () => {
        const spans = await platform.spans();
        const deposit = spans.find(
          ({ service, attributes }) => service === 'dmp-gateway' && attributes['pfi.document.id'] === document.id,
        );
        if (!deposit) throw new Error('no span of the gateway names the document');
        const found = spans.filter(({ traceId }) => traceId === deposit.traceId);
        const steps = stepsOf(found);
        const missing = journey.filter((step) => !steps.has(step));
        if (missing.length > 0) throw new Error(`no ${missing.join(', ')} among ${[...steps].join(', ')}`);
        return found;
      },
      { timeoutMs: 20_000, everyMs: 500 },
    );
    const known = new Set(trace.map(({ spanId }) => spanId));
    const roots = trace.filter(({ parentSpanId }) => parentSpanId === undefined || !known.has(parentSpanId));
    expect(roots.map(({ service }) => service)).toEqual(['documents']);
    expect(trace.filter(({ failed }) => failed)).toEqual([]);
    const told = JSON.stringify(trace);
    for (const secret of [patient.ins.matricule, patient.traits.birthName, patient.ipp])
      expect(told).not.toContain(secret);
  });
});

const journey = [
  'documents consumer mllp-frame',
  'dmp-gateway consumer documents.delivery-requested.v1',
  'dmp-gateway job deposit',
  'documents http POST /internal/v1/deliveries/:id/claim',
  'dmp-gateway gateway iti-41',
  'documents consumer dmp.deposit-accepted.v1',
] as const;
