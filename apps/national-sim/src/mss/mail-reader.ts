import PostalMime, { type Attachment, type Email } from 'postal-mime';

/** What the operator shows of a mail. */
export interface MailSummary {
  /** With its angle brackets; empty when the mail has none. */
  readonly messageId: string;
  /** Address of the From field. */
  readonly from: string;
  readonly subject: string;
  readonly attachments: readonly { readonly name: string; readonly mediaType: string; readonly size: number }[];
  /** By name in lower case, unfolded; the first of each. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ReadMail {
  readonly summary: MailSummary;
  /** Null when the bytes are no mail that can be read. */
  readonly email: Email | null;
}

export async function readMail(raw: Buffer): Promise<ReadMail> {
  const email = await PostalMime.parse(raw, { attachmentEncoding: 'arraybuffer' }).catch(() => null);
  if (!email) return { email, summary: { messageId: '', from: '', subject: '', attachments: [], headers: {} } };
  const headers: Record<string, string> = {};
  for (const { key, value } of email.headers) headers[key] ??= value;
  return {
    email,
    summary: {
      messageId: email.messageId ?? '',
      from: email.from?.address ?? '',
      subject: email.subject ?? '',
      attachments: email.attachments.map((one) => ({
        name: one.filename ?? '',
        mediaType: one.mimeType,
        size: contentOf(one).length,
      })),
      headers,
    },
  };
}

export function contentOf({ content }: Attachment): Buffer {
  if (typeof content === 'string') return Buffer.from(content);
  return content instanceof ArrayBuffer
    ? Buffer.from(content)
    : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
}
