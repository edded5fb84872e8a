import type { Fault, RestDeposit, Sender } from '../player/index.js';

/** What a story may do to the platform: its public doors and the simulator's levers, nothing else. */
export interface Stage {
  sender(key: string): Sender;
  /** Sends an ADT, until it is acknowledged. */
  identity(message: Buffer): Promise<void>;
  /** Sends an MDM or ORU, until it is acknowledged. */
  document(message: Buffer): Promise<void>;
  /** Deposits by REST. @returns the id of the document */
  deposit(deposit: RestDeposit): Promise<string>;
  fault(fault: Fault): Promise<void>;
  /** The patient closed the mailbox of Mon espace santé. */
  closeMailbox(address: string): Promise<void>;
  /** The holder of this mailbox opens the newest mail, and the reader sends the notice that was asked for. */
  readMail(recipient: string): Promise<void>;
  /** Resolves once the deliveries of a message are all in these states, by channel. */
  seen(controlId: string, states: Partial<Record<Channel, string>>): Promise<void>;
}

export type Channel = 'dmp' | 'mss-pro' | 'mss-patient';

/** A place of care and the applications that speak for it. */
export interface Place {
  readonly name: string;
  readonly establishment: string;
  readonly unit: string;
  readonly gam: string;
  readonly dpi: string;
  readonly laboratory: string;
}

/** How one delivery ends; several mails to professionals end alike in a story. */
export interface Ended {
  readonly state: 'delivered' | 'held' | 'refused' | 'parked' | 'not-applicable' | 'cancelled';
  readonly code?: string;
}

/** How a document of a story ends, delivery by delivery. A channel that is absent was not asked for. */
export interface Ending {
  /** MSH-10 or Idempotency-Key of its document. */
  readonly controlId: string;
  readonly dmp?: Ended;
  readonly pro?: Ended;
  readonly patient?: Ended;
  /** A discharge letter (DS1.1), unless it was withdrawn. */
  readonly letter?: boolean;
  readonly withdrawn?: boolean;
}

export interface Played {
  readonly endings: readonly Ending[];
  /** `ended` counts in the indicators of the day; `none`: no movement told of a stay. */
  readonly stay: 'open' | 'ended' | 'none';
}

export interface Story {
  readonly title: string;
  play(stage: Stage, place: Place): Promise<Played>;
}
