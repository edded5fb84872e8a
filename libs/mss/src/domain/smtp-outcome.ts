/** How far an exchange had come. `dot`: the whole mail was handed over. */
export type SmtpStage = 'connect' | 'tls' | 'sign-in' | 'mail' | 'rcpt' | 'data' | 'dot';

/** What came of one exchange with the operator. */
export type SmtpAnswer =
  | { readonly kind: 'accepted'; readonly code: number; readonly status: string | null }
  /** A reply that is not positive. */
  | {
      readonly kind: 'reply';
      readonly stage: SmtpStage;
      readonly code: number;
      readonly status: string | null;
      readonly text: string;
    }
  /** The channel failed before the operator can have taken the mail. */
  | { readonly kind: 'not-taken'; readonly stage: SmtpStage; readonly code: string }
  /** The answer to the final dot was lost. */
  | { readonly kind: 'unknown'; readonly code: string }
  /** SIZE of the operator is smaller than ours. */
  | { readonly kind: 'too-large' };

export type SmtpDecision =
  | { readonly kind: 'sent'; readonly code: string; readonly status: string | null }
  | { readonly kind: 'refused'; readonly code: string; readonly status: string | null; readonly text: string }
  | {
      readonly kind: 'retry';
      readonly code: string;
      readonly status: string | null;
      readonly text: string | null;
      /** The operator itself is in trouble: counts for the circuit. */
      readonly channel: boolean;
    }
  | { readonly kind: 'unknown'; readonly code: string };

const OF_THE_CHANNEL: ReadonlySet<SmtpStage> = new Set(['connect', 'tls', 'sign-in']);

/** What to do after an exchange (RFC 5321 §4.2.1: 4yz passes, 5yz does not). A reply before MAIL says nothing of the mail. */
export function decide(answer: SmtpAnswer): SmtpDecision {
  switch (answer.kind) {
    case 'accepted':
      return { kind: 'sent', code: String(answer.code), status: answer.status };
    case 'unknown':
      return answer;
    case 'not-taken':
      return { kind: 'retry', code: answer.code, status: null, text: null, channel: true };
    case 'too-large':
      return {
        kind: 'refused',
        code: 'MESSAGE_TOO_LARGE',
        status: '5.3.4',
        text: 'Le message dépasse la taille que l’opérateur annonce : réduire le document, puis le renvoyer.',
      };
    case 'reply': {
      const { code, status, stage } = answer;
      const text = withoutPersons(answer.text);
      if (OF_THE_CHANNEL.has(stage) || code === 421)
        return { kind: 'retry', code: `SMTP_${code}`, status, text, channel: true };
      return code >= 500
        ? { kind: 'refused', code: String(code), status, text }
        : { kind: 'retry', code: String(code), status, text, channel: false };
    }
  }
}

/** The text of a server without addresses (those of patients hold their INS) and long numbers, on one line. */
export const withoutPersons = (text: string): string =>
  text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/[^\s<>@"(),;:]+@[^\s<>@"(),;:]+/g, '…')
    .replace(/\d{11,}/g, '…')
    .trim()
    .slice(0, 300);

/** RFC 3463 status of a reply's text, when it begins with one. */
export const statusOf = (text: string): string | null => /^\s*([245]\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1] ?? null;
