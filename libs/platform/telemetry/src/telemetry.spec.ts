import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually, otlpReceiver } from '@pfi/platform-testing';
import {
  currentTraceId,
  currentTraceparent,
  meter,
  prometheusText,
  runInTrace,
  startTelemetry,
  withSpan,
} from './index.js';
import type { Telemetry } from './index.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function tracingOn(options: { traceRatio?: number } = {}) {
  const receiver = await otlpReceiver();
  const telemetry: Telemetry = await startTelemetry({ service: 'documents', otlpUrl: receiver.url, ...options });
  cleanups.push(
    () => receiver.close(),
    () => telemetry.shutdown(),
  );
  return { receiver, telemetry };
}

const caller = { traceId: 'a'.repeat(32), traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };

describe('tracing', () => {
  it('is off without a collector: work runs, no trace exists', async () => {
    const telemetry = await startTelemetry({ service: 'documents', otlpUrl: undefined });
    expect(telemetry.tracing).toBe(false);
    const seen = await withSpan(
      'use-case x',
      { traceparent: caller.traceparent },
      () => currentTraceparent() ?? 'none',
    );
    expect(seen).toBe('none');
  });

  it('sends one trace across a hop: the child continues the traceparent that the parent published', async () => {
    const { receiver, telemetry } = await tracingOn();
    const published = await withSpan('consumer mllp-frame', { kind: 'server', root: true }, async (span) => {
      await Promise.resolve();
      expect(currentTraceparent()).toBe(span.traceparent);
      return currentTraceparent();
    });
    await runInTrace('gateway iti-41', published, async () => undefined);
    await telemetry.flush();
    const [traceId] = [published?.slice(3, 35) ?? ''];
    await eventually(() => expect(receiver.trace(traceId)).toHaveLength(2));
    const parent = receiver.trace(traceId).find(({ name }) => name === 'consumer mllp-frame');
    const child = receiver.trace(traceId).find(({ name }) => name === 'gateway iti-41');
    expect(child?.parentSpanId).toBe(parent?.spanId);
    expect(parent?.parentSpanId).toBeUndefined();
    expect(child?.service).toBe('documents');
  });

  it('records attributes and links, and the code of an error but never its message', async () => {
    const { receiver, telemetry } = await tracingOn();
    const fault = Object.assign(new Error('DUPONT Jeanne is unknown'), { code: 'XDS_UNKNOWN' });
    const options = {
      traceparent: caller.traceparent,
      links: [undefined, `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`],
      attributes: { 'pfi.batch.size': 2 },
    };
    const work = withSpan('use-case fail', options, (span) => {
      span.set({ 'pfi.owner': 'ej:750712184' });
      throw fault;
    });
    await expect(work).rejects.toBe(fault);
    await telemetry.flush();
    await eventually(() => expect(receiver.trace(caller.traceId)).toHaveLength(1));
    const [span] = receiver.trace(caller.traceId);
    expect(span).toMatchObject({
      failed: true,
      parentSpanId: 'b'.repeat(16),
      attributes: { 'pfi.batch.size': 2, 'pfi.owner': 'ej:750712184', 'pfi.error.code': 'XDS_UNKNOWN' },
      links: [{ traceId: 'c'.repeat(32), spanId: 'd'.repeat(16) }],
    });
    expect(JSON.stringify(receiver.spans)).not.toContain('DUPONT');
  });

  it('keeps the decision of the caller over the ratio', async () => {
    const { receiver, telemetry } = await tracingOn({ traceRatio: 0 });
    await withSpan('use-case new', { root: true }, () => undefined);
    await runInTrace('use-case continued', caller.traceparent, () => expect(currentTraceId()).toBe(caller.traceId));
    await telemetry.flush();
    await eventually(() => expect(receiver.spans.map(({ name }) => name)).toEqual(['use-case continued']));
  });

  it('stops although the collector is away', async () => {
    const { receiver, telemetry } = await tracingOn();
    await receiver.close();
    await withSpan('use-case lost', {}, () => undefined);
    await telemetry.shutdown();
  });

  it('refuses a ratio outside 0 to 1', async () => {
    await expect(startTelemetry({ service: 'x', traceRatio: 2 })).rejects.toThrow('PFI_TRACE_RATIO');
  });
});

describe('metrics', () => {
  it('serves counters of any library and the state of the process as Prometheus text', async () => {
    const counter = meter('test').createCounter('pfi_test_events');
    await startTelemetry({ service: 'documents' });
    counter.add(2, { outcome: 'ok' });
    counter.add(1, { outcome: 'ok' });
    const text = await prometheusText();
    expect(text).toContain('# TYPE pfi_test_events_total counter');
    expect(text).toContain('pfi_test_events_total{outcome="ok"} 3');
    expect(text).toMatch(/process_memory_bytes\{kind="rss"\} \d+/);
    expect(text).toMatch(/nodejs_eventloop_delay_seconds\{quantile="0.99"\}/);
    expect(text).toMatch(/process_cpu_seconds_total \d/);
  });

  it('tells that the event loop stood still', async () => {
    await startTelemetry({ service: 'documents' });
    const longest = async () =>
      Number(/nodejs_eventloop_delay_seconds\{quantile="1"\} (\S+)/.exec(await prometheusText())?.[1]);
    await eventually(async () => {
      // a tick of its timer before and after
      await delay(250);
      const until = performance.now() + 400;
      while (performance.now() < until);
      await delay(250);
      expect(await longest()).toBeGreaterThan(0.15);
    });
  });

  it('no longer tells what a gauge no longer observes', async () => {
    let queues = ['a', 'b'];
    meter('test')
      .createObservableGauge('pfi_test_depth')
      .addCallback((result) => queues.forEach((queue, depth) => result.observe(depth, { queue })));
    expect(await prometheusText()).toContain('pfi_test_depth{queue="b"} 1');
    queues = ['a'];
    const text = await prometheusText();
    expect(text).toContain('pfi_test_depth{queue="a"} 0');
    expect(text).not.toContain('pfi_test_depth{queue="b"}');
  });
});
