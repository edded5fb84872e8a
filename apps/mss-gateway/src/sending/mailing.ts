import type { MailClaim } from '@pfi/contracts';
import { decide, messageIdOf, patientAddress, usableAddress, type SmtpDecision } from '@pfi/mss-core';
import type { GoAheadClient } from '@pfi/platform-go-ahead';
import {
  done,
  release,
  type CircuitBreaker,
  type CircuitPermit,
  type DestinationSlots,
  type JobOutcome,
} from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { Directory } from '../gateways/annuaire/directory.js';
import type { SmtpConnections } from '../gateways/smtp/smtp-connections.js';
import type { Message } from '../persistence/message.repository.js';
import {
  ADDRESS_NOT_FOUND,
  ALTERED,
  endedBy,
  expired,
  isUnavailable,
  MAILBOX_MISSING,
  OUTCOME_UNKNOWN,
} from './ends.js';
import { ALTERED_CONTENT, type MailBuilder } from './mail-builder.js';
import type { Job, MailLedger } from './mail-ledger.js';
import { inMs, soon, type Patience } from './patience.js';

export const SMTP_DESTINATION = 'mss-smtp';
/** Unforeseen failures of one job before a person is asked. */
export const MAX_UNEXPECTED = 10;

export interface MailingParts {
  readonly ght: Ght;
  readonly ledger: MailLedger;
  readonly documents: Pick<GoAheadClient<MailClaim>, 'claim' | 'content'>;
  readonly builder: MailBuilder;
  readonly directory: Pick<Directory, 'addressOf'>;
  readonly smtp: Pick<SmtpConnections, 'of'>;
  readonly slots: DestinationSlots;
  readonly breaker: CircuitBreaker;
  readonly patience: Patience;
}

type Permit = CircuitPermit & { allowed: true };

/** How long a slot of this process is waited for, and after how long the job is looked at again when there is none. */
const SLOT_WAIT_MS = 5_000;
const NO_SLOT_MS = 250;
const SETTLED = done('SETTLED_BY_NOTICE');

/**
 * The sending of one mail, resumable at any instruction: the intent is durable before the first byte leaves, a lost answer is
 * followed by one more try that says it may be a duplicate, and every end is written with its event and its job in one transaction.
 */
export class Mailing {
  constructor(private readonly parts: MailingParts) {}

  async handle(job: Job): Promise<JobOutcome> {
    const { ledger } = this.parts;
    const message = await ledger.load(job);
    if (!message || message.request > job.payload.request || message.state === 'cancelled') return done('SUPERSEDED');
    // A notice came since the last run, and was told.
    if (message.state === 'bounced' || (message.settledAt && message.settledAt > job.createdAt)) return SETTLED;
    if (message.state === 'sent' || message.state === 'delivered') return ledger.repeat(job);
    // The run that wrote the intent died: nobody heard the answer.
    if (message.state === 'sending') return this.answerLost(job, message, 'INTERRUPTED', message.updatedAt.getTime());
    try {
      return await this.inSlot(job, message);
    } catch (error) {
      if (isUnavailable(error)) return release(soon(), error.code);
      // The runner would park the job alone: nobody would be told.
      const now = (await ledger.load(job)) ?? message;
      const end = endedBy(error, job.attempts, MAX_UNEXPECTED, now.inDoubt);
      if (!end) throw error;
      return ledger.finish(job, end);
    }
  }

  private async inSlot(job: Job, message: Message): Promise<JobOutcome> {
    const { slots, breaker, patience, ledger } = this.parts;
    const slot = await slots.acquire(SMTP_DESTINATION, job.owner, SLOT_WAIT_MS);
    if (!slot) return release(inMs(NO_SLOT_MS * (0.5 + Math.random())), 'NO_SLOT');
    try {
      const permit = await breaker.permit(SMTP_DESTINATION, job.owner);
      if (permit.allowed) return await this.permitted(job, message, permit, () => slot.release());
      return patience.isExpired(job)
        ? await ledger.finish(job, expired(message.inDoubt))
        : release(permit.nextProbeAt, 'CIRCUIT_OPEN');
    } finally {
      await slot.release();
    }
  }

  private async permitted(job: Job, message: Message, permit: Permit, over: () => Promise<void>): Promise<JobOutcome> {
    let told = false;
    try {
      return await this.send(job, message, async (channelFailed) => {
        told = true;
        await over();
        await (channelFailed ? permit.failed() : permit.answered());
      });
    } finally {
      // A probe that never reached the operator says nothing of its health: the circuit stays open.
      if (permit.probe && !told) await permit.failed();
    }
  }

  private async send(job: Job, message: Message, tell: (failed: boolean) => Promise<void>): Promise<JobOutcome> {
    const { documents, ledger, smtp, builder, ght } = this.parts;
    const answered = await documents.claim(job.payload.deliveryId, job.payload.request);
    if (answered.kind === 'stop') return ledger.stop(job, answered.code);
    const { claim } = answered;
    const sender = ght.legalEntity(claim.legalEntity)?.mailbox;
    if (!sender) return ledger.finish(job, MAILBOX_MISSING);
    const recipient = await this.recipientOf(job, message, claim);
    if (typeof recipient !== 'string') return recipient;
    using contents = await builder.contents(message, claim);
    const bytes = await builder.build(message, claim, contents, { sender, recipient });
    if (bytes === ALTERED_CONTENT) return ledger.finish(job, ALTERED, recipient);
    const channel = smtp.of(claim.legalEntity);

    // Everything of ours that can fail has failed by now: an intent means that bytes may leave.
    const sending = await ledger.intend(job, {
      messageId: messageIdOf(claim.deliveryId, sender),
      address: recipient,
      size: bytes.length,
      operation: claim.operation,
    });
    if (!sending) return SETTLED;
    const answer = await channel.send({ deliveryId: claim.deliveryId, from: sender.address, to: recipient, bytes });
    const decision = decide(answer);
    await tell(decision.kind === 'unknown' || (decision.kind === 'retry' && decision.channel));
    return this.follow(job, message, sending, decision);
  }

  /** Where the mail goes; the same place at each try once it may have gone there. */
  private async recipientOf(job: Job, message: Message, claim: MailClaim): Promise<string | JobOutcome> {
    const { ght, ledger, directory, patience } = this.parts;
    if (message.inDoubt && message.address) return message.address;
    if (claim.channel === 'mss-patient') return patientAddress(claim, ght.file.mss);
    if (claim.recipient.address !== null) return usableAddress(claim.recipient.address, ght.file.mss);
    const found = await directory.addressOf(claim.recipient);
    switch (found.kind) {
      case 'found':
        return usableAddress(found.address, ght.file.mss);
      case 'none':
        return ledger.finish(job, ADDRESS_NOT_FOUND);
      case 'unavailable': {
        const { inDoubt } = message;
        return patience.waitOrGiveUp(job, { state: 'ready', code: found.code, at: patience.nextTry(job), inDoubt });
      }
    }
  }

  private async follow(job: Job, before: Message, sending: Message, decision: SmtpDecision): Promise<JobOutcome> {
    const { ledger, patience } = this.parts;
    switch (decision.kind) {
      case 'sent':
      case 'refused':
        return ledger.finish(job, decision.kind === 'sent' ? decision : { ...decision, text: refusalText(decision) });
      case 'unknown':
        return this.answerLost(job, sending, decision.code, Date.now());
      case 'retry': {
        const { code, status, text } = decision;
        // Not taken this time; an earlier time may still have been.
        const { inDoubt } = before;
        return patience.waitOrGiveUp(job, { state: 'ready', code, status, text, inDoubt, at: patience.nextTry(job) });
      }
    }
  }

  /** One more try, after a time in which a notice may still say what became of it; then a person. */
  private answerLost(job: Job, message: Message, code: string, since: number): Promise<JobOutcome> {
    const { ledger, ght } = this.parts;
    if (message.lostAnswers > 0) return ledger.finish(job, OUTCOME_UNKNOWN);
    const at = inMs(ght.file.delays.smtp.resendUnknownAfter, since);
    return ledger.wait(job, { state: 'unknown', code, at, inDoubt: true, lostAnswer: true });
  }
}

function refusalText({ code, status, text }: SmtpDecision & { kind: 'refused' }): string {
  if (code === 'MESSAGE_TOO_LARGE') return text;
  return `L’opérateur a refusé le message (${code}${status ? ` ${status}` : ''}) : ${text || 'sans explication'}`;
}
