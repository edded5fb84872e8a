/**
 * Every Kafka topic of the platform: who owns it, who reads it, and what its key keeps in order.
 * A topic carries 12 partitions; its name takes the prefix of PFI_KAFKA_TOPIC_PREFIX when one is set.
 */
export interface Topic {
  readonly name: string;
  readonly owner: string;
  readonly consumers: readonly string[];
  readonly key: string;
  readonly partitions: number;
  readonly retentionDays: number;
}

const topic = (name: string, owner: string, consumers: readonly string[], key: string): Topic => ({
  name,
  owner,
  consumers,
  key,
  partitions: 12,
  retentionDays: 14,
});

export const topics = {
  identity: topic('pfi.identity', 'identity', ['documents', 'indicators'], 'patient id'),
  documents: topic(
    'pfi.documents',
    'documents',
    ['identity', 'dmp-gateway', 'mss-gateway', 'indicators'],
    'lineage id',
  ),
  dmp: topic('pfi.dmp', 'dmp-gateway', ['documents', 'indicators'], 'lineage id'),
  mss: topic('pfi.mss', 'mss-gateway', ['documents', 'indicators'], 'lineage id'),
} as const;
