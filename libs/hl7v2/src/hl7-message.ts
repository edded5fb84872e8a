import type { MessageHeader } from './header.js';
import { Hl7Fault, type Hl7ErrorCode, type Hl7FaultCode } from './hl7-fault.errors.js';
import type { Encoding, Segment } from './segment.js';

/** A message cut into segments; fields are read when asked for. Built by `parseMessage`. */
export class Hl7Message {
  constructor(
    readonly header: MessageHeader,
    /** Every segment in order, MSH first. */
    readonly all: readonly Segment[],
    readonly encoding: Encoding,
  ) {}

  segments(name: string): Segment[] {
    return this.all.filter((segment) => segment.name === name);
  }

  segment(name: string): Segment | undefined {
    return this.all.find((segment) => segment.name === name);
  }

  /** @throws Hl7Fault REQUIRED_FIELD when the segment is absent */
  required(name: string): Segment {
    const segment = this.segment(name);
    if (segment === undefined) throw this.missing(name, `le segment ${name} est absent`);
    return segment;
  }

  missing(location: string, reason: string): Hl7Fault {
    return this.fault(
      'REQUIRED_FIELD',
      '101',
      `Champ obligatoire : ${reason}. Complétez le message puis renvoyez-le.`,
      location,
    );
  }

  fault(code: Hl7FaultCode, hl7Code: Hl7ErrorCode, textFr: string, location?: string): Hl7Fault {
    return new Hl7Fault(code, hl7Code, textFr, {
      header: this.header,
      ...(location === undefined ? {} : { location }),
    });
  }
}
