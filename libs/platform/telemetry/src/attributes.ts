/** The closed list of span attributes. None may carry patient data: no name, no INS, no clinical text, no local identifier. */
export const attributeNames = [
  'pfi.owner',
  'pfi.source',
  'pfi.delivery.id',
  'pfi.document.id',
  'pfi.lineage.id',
  'pfi.job.id',
  'pfi.attempt',
  'pfi.outcome',
  'pfi.error.code',
  'pfi.batch.size',
  'pfi.message.bytes',
  'pfi.message.type',
  'messaging.system',
  'messaging.destination.name',
  'messaging.operation.type',
  'messaging.message.id',
  'http.request.method',
  'http.route',
  'http.response.status_code',
  'server.address',
  'server.port',
  'network.protocol.name',
] as const;

export type AttributeName = (typeof attributeNames)[number];
export type Attributes = Partial<Record<AttributeName, string | number | boolean>>;
