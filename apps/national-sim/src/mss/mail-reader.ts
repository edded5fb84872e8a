import PostalMime, { type Attachment, type Email } from 'postal-mime';

/** What the header of a mail says. */
export interface MailHeader {
  /** With its angle brackets; empty when the mail has none. */
  readonly messageId: string;
  /** Address of the From field. */
  readonly from: string;
  readonly subject: string;
  /** By name in lower case, unfolded; the first of each. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ReadMail {
  readonly header: MailHeader;
  /** Null when the bytes are no mail that can be read. */
  readonly email: Email | null;
}

/** All of it, attachments decoded. */
export async function readMail(raw: Buffer): Promise<ReadMail> {
  const email = await PostalMime.parse(raw, { attachmentEncoding: 'arraybuffer' }).catch(() => null);
  if (!email) return { email, header: { messageId: '', from: '', subject: '', headers: {} } };
  const headers: Record<string, string> = {};
  for (const { key, value } of email.headers) headers[key] ??= value;
  return {
    email,
    header: {
      messageId: email.messageId ?? '',
      from: email.from?.address ?? '',
      subject: email.subject ?? '',
      headers,
    },
  };
}

export async function readHeader(raw: Buffer): Promise<MailHeader> {
  const end = raw.indexOf('\r\n\r\n');
  return (await readMail(end < 0 ? raw : raw.subarray(0, end + 4))).header;
}

export function contentOf({ content }: Attachment): Buffer {
  if (typeof content === 'string') return Buffer.from(content);
  return content instanceof ArrayBuffer
    ? Buffer.from(content)
    : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
}
