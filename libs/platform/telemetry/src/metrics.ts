import type { Meter } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { AggregationTemporality, InstrumentType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';

/** Read when somebody asks, by {@link prometheusText}: no timer and no listener of its own. */
class PullReader extends MetricReader {
  constructor() {
    super({
      // A gauge that nobody observes any more is gone. Cumulative, its last value would be told until the process ends.
      aggregationTemporalitySelector: (type) =>
        type === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
    });
  }

  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const reader = new PullReader();
// The API package gives inert instruments to whoever asks before a provider is registered, so the provider lives here,
// and modules may create their counters while they load.
const provider = new MeterProvider({ readers: [reader] });
const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);

/**
 * Counters, histograms and gauges under a library's name. Metrics are always on.
 * Labels are closed sets (owner, source, queue, outcome); never an identifier of a patient or a document.
 */
export function meter(name: string): Meter {
  return provider.getMeter(name);
}

/** All metrics of this process, Prometheus text exposition format 0.0.4. */
export async function prometheusText(): Promise<string> {
  const { resourceMetrics } = await reader.collect();
  return serializer.serialize(resourceMetrics);
}
