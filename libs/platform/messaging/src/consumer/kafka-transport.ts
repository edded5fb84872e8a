/** Nest gives a strategy only the handlers of its own transport. */
export const KAFKA_TRANSPORT = Symbol('pfi-kafka');
