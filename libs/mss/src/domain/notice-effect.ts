import type { Notice } from './notice.js';

export type MessageState =
  'ready' | 'sending' | 'unknown' | 'sent' | 'delivered' | 'refused' | 'bounced' | 'parked' | 'cancelled';

/** What a notice changes of a message. */
export interface NoticeEffect {
  /** The mailbox has it, or it came back; undefined = as before. */
  readonly state?: 'delivered' | 'bounced';
  readonly outcomeCode: string | null;
  readonly outcomeText: string | null;
  readonly status: string | null;
  /** The recipient read it. */
  readonly read: boolean;
}

const ARRIVED: ReadonlySet<string> = new Set(['delivered', 'relayed', 'expanded']);
/** Dispositions that say that somebody, or the application of somebody, has taken the mail in (RFC 8098 §3.2.6.2). */
const READ: ReadonlySet<string> = new Set(['displayed', 'processed', 'dispatched']);
/** Nobody knows yet, or it was given up while nobody knew: any notice of an arrival settles it. */
const UNDECIDED: ReadonlySet<MessageState> = new Set(['ready', 'sending', 'unknown', 'parked', 'cancelled']);

/** The first word on an arrival holds: what contradicts it later is kept as a notice, without effect. */
export function effectOf(
  notice: Notice,
  message: { readonly state: MessageState; readonly inDoubt: boolean; readonly isRead: boolean },
): NoticeEffect {
  const open = message.state === 'sent' || (message.inDoubt && UNDECIDED.has(message.state));
  const nothing = { outcomeCode: null, outcomeText: null, status: null, read: false };
  if (notice.kind === 'read') {
    if (!READ.has(notice.disposition) || notice.failed) return nothing;
    // Who reads a mail has it: it must not be sent again.
    const arrived = message.inDoubt && UNDECIDED.has(message.state);
    return { ...nothing, read: !message.isRead, ...(arrived ? { state: 'delivered' as const } : {}) };
  }
  if (!open || notice.action === 'delayed') return nothing;
  const { status } = notice;
  if (ARRIVED.has(notice.action)) return { ...nothing, status, state: 'delivered' };
  // A server may have said 250 to the operator of what came back all the same.
  const code = (notice.code?.startsWith('2') ? null : notice.code) ?? status ?? 'BOUNCED';
  return { state: 'bounced', outcomeCode: code, outcomeText: bounceText(status, notice.text), status, read: false };
}

const REASONS: Readonly<Record<string, string>> = {
  '5.1.1': 'La boîte aux lettres du destinataire n’existe pas.',
  '5.1.3': 'L’adresse du destinataire n’est pas valide.',
  '5.2.1': 'La boîte aux lettres du destinataire est fermée.',
  '5.2.2': 'La boîte aux lettres du destinataire est pleine.',
  '5.3.4': 'Le message est trop volumineux pour la boîte du destinataire.',
};

const bounceText = (status: string | null, said: string | null): string => {
  const reason = (status && REASONS[status]) ?? 'Le message n’a pas pu être remis au destinataire.';
  return said ? `${reason} Réponse de l’opérateur : ${said}` : reason;
};
