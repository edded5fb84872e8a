import { readXdm, type XdmContent } from '@pfi/xdm';
import PostalMime, { type Email } from 'postal-mime';
import type { TakenMail } from './mail-operator-double.js';

export const readTaken = ({ raw }: Pick<TakenMail, 'raw'>): Promise<Email> =>
  PostalMime.parse(raw, { attachmentEncoding: 'arraybuffer' });

/** First value of a header. */
export const headerOf = ({ headers }: Email, name: string): string | undefined =>
  headers.find(({ key }) => key === name)?.value;

export const attachmentNames = ({ attachments }: Email): (string | null)[] =>
  attachments.map(({ filename }) => filename);

/** The IHE_XDM archive of a mail. */
export async function archiveOf({ attachments }: Email): Promise<XdmContent> {
  const zip = attachments.find(({ filename }) => filename === 'IHE_XDM.zip');
  return readXdm(Buffer.from(zip?.content as ArrayBuffer));
}

/** Every id and hash under which a mail stands for its document. */
export async function idsOf(mail: Pick<TakenMail, 'raw'>): Promise<unknown> {
  const email = await readTaken(mail);
  const { submissionSet, documents } = await archiveOf(email);
  const [document] = documents;
  return [
    email.messageId,
    submissionSet.uniqueId,
    submissionSet.entryUuid,
    document?.entry.uniqueId,
    document?.entry.entryUuid,
    document?.entry.hash,
  ];
}
