import { isInsOid, normaliseName } from '@pfi/health';
import { readXdm, XdmFault, type XdmContent } from '@pfi/xdm';
import type { Attachment, Email } from 'postal-mime';
import { contentOf } from './mail-reader.js';
import type { StoredMail } from './mail-store.js';

/** Without its CRLF (RFC 5322 §2.1.1). */
const maxLineBytes = 998;
const replacing = /^annule et remplace\s*[:-]?\s*/i;
const subjectForm = /^XDM\/1\.0\/DDM\+(\S.*)$/;
const birthDay = /^(.*) \d{2}\/\d{2}\/\d{4}$/;
const pdfName = /^\d{8}_[^_].{0,39}_[A-Z' -]+_[^_]+(_\d+)?\.pdf$/i;

type Report = (code: string, explanation: string) => void;

/**
 * Every breach of the rules of MSSanté (Référentiel socle #2; interop §6) in an accepted mail, as `CODE: explanation`. No value
 * of the mail is ever in an explanation.
 */
export async function findingsOf(
  mail: StoredMail,
  raw: Buffer,
  email: Email | null,
  isPatient: (address: string) => boolean,
): Promise<readonly string[]> {
  const findings: string[] = [];
  const report: Report = (code, explanation) => void findings.push(`${code}: ${explanation}`);
  if (mail.envelope.clear) report('CLEAR_TEXT', 'it came without TLS');
  checkLines(raw, mail.envelope.bodyType, report);
  if (!email) {
    report('MAIL_UNREADABLE', 'no mail can be read in these bytes');
    return findings;
  }
  checkHeaders(email, mail.sender, report);
  // End of the exchange with a patient: a mail of its own, without document (ENS Messagerie).
  if (mail.subject === '[FIN]') return findings;
  const archive = await openArchive(email, report);
  checkSubject(mail.subject, archive, report);
  checkPdfs(email, archive, report);
  if (archive) checkAgreement(mail.headers, archive, report);
  checkRecipient(mail, archive, isPatient(mail.recipient), report);
  return findings;
}

function checkLines(raw: Buffer, bodyType: string, report: Report): void {
  const text = raw.toString('latin1');
  if (/(^|[^\r])\n|\r(?!\n)/.test(text)) report('BARE_LINE_END', 'a CR or a LF stands alone');
  if (text.split('\n').some((line) => line.length - 1 > maxLineBytes))
    report('LINE_TOO_LONG', `a line has more than ${maxLineBytes} bytes`);
  const headers = text.slice(0, Math.max(text.indexOf('\r\n\r\n'), 0));
  if (/[^\x00-\x7f]/.test(headers)) report('HEADER_NOT_ASCII', 'a header holds unencoded characters');
  else if (bodyType !== '8bitmime' && /[^\x00-\x7f]/.test(text))
    report('BODY_NOT_7BIT', 'the body has 8-bit bytes and BODY=8BITMIME was not said');
}

function checkHeaders(email: Email, sender: string, report: Report): void {
  const values = (name: string): string[] =>
    email.headers.filter(({ key }) => key === name).map(({ value }) => value.trim());
  for (const name of ['from', 'to', 'subject', 'date', 'message-id', 'content-type', 'mime-version'])
    if (values(name).length !== 1) report('HEADER_COUNT', `${name} is there ${values(name).length} times`);
  const from = email.from?.address?.toLowerCase() ?? '';
  if (from !== sender.toLowerCase()) report('FROM_OTHER', 'From is not the mailbox of the certificate');
  if (!email.from?.name) report('FROM_NAME_MISSING', 'From has no display name (ECO.2.2.7)');
  const domain = /^<[^<>@\s]+@([^<>@\s]+)>$/.exec(email.messageId ?? '')?.[1];
  if (domain === undefined) report('MESSAGE_ID_FORM', 'Message-ID is not <id@domain>');
  else if (domain.toLowerCase() !== from.split('@')[1]) report('MESSAGE_ID_DOMAIN', 'not the domain of From');
  if (!values('x-mss-nil')[0]) report('NIL_MISSING', 'X-MSS-NIL is absent');
  const end = values('x-mss-mes')[0];
  if (end !== undefined && end !== 'FIN') report('MES_VALUE', 'X-MSS-MES is not FIN');
  if (!email.text?.trim()) report('BODY_MISSING', 'there is no text part');
}

async function openArchive(email: Email, report: Report): Promise<XdmContent | null> {
  const zips = email.attachments.filter((one) => one.filename?.toLowerCase() === 'ihe_xdm.zip');
  const [zip] = zips;
  if (!zip || zips.length > 1) {
    report('XDM_COUNT', `${zips.length} attachments are named IHE_XDM.zip`);
    return null;
  }
  if (zip.mimeType !== 'application/zip') report('XDM_MEDIA_TYPE', 'IHE_XDM.zip is not application/zip');
  try {
    return await readXdm(contentOf(zip));
  } catch (error) {
    if (!(error instanceof XdmFault)) throw error;
    report(error.code, 'the archive cannot be read');
    return null;
  }
}

function checkSubject(subject: string, archive: XdmContent | null, report: Report): void {
  const [, rest] = subjectForm.exec(subject.replace(replacing, '')) ?? [];
  if (rest === undefined) return report('SUBJECT_FORM', 'not XDM/1.0/DDM+<label> <NOM> <prénom> [JJ/MM/AAAA]');
  const named = (birthDay.exec(rest)?.[1] ?? rest).trim();
  const info = archive?.documents[0]?.entry.sourcePatientInfo.find((value) => value.startsWith('PID-5|'));
  const [family, given] = (info ?? '').slice('PID-5|'.length).split('^');
  if (!family || !given) {
    if (named.split(' ').length < 3) report('SUBJECT_FORM', 'label, birth name or given name is missing');
    return;
  }
  const person = ` ${normaliseName(family)} ${normaliseName(given)}`;
  if (!normaliseName(named.replace(/\d/g, '')).endsWith(person))
    return report('SUBJECT_PATIENT', 'does not end with the birth name and given name of METADATA.XML');
  const label = named.slice(0, named.length - person.length);
  if (label.replace(replacing, '').length > 40) report('SUBJECT_LABEL', 'the label has more than 40 characters');
  const written = named.slice(named.length - person.length + 1);
  if (!written.startsWith(normaliseName(family)))
    report('SUBJECT_NAME', 'the birth name is not in upper case without accents');
}

/** The slot's name is not settled by the published sources: the end of it tells (interop §6.2). */
const isWithdrawn = (extra: Readonly<Record<string, readonly string[]>> = {}): boolean =>
  Object.entries(extra).some(([name, values]) => name.endsWith('action') && values.includes('D'));

function checkPdfs(email: Email, archive: XdmContent | null, report: Report): void {
  const pdfs = email.attachments.filter((one) => one.mimeType === 'application/pdf');
  // A withdrawal says which document is gone, and does not hand it over once more.
  const documents = archive?.documents.filter(({ entry }) => !isWithdrawn(entry.extra)).length ?? 1;
  if (pdfs.length !== documents) report('PDF_COUNT', `${pdfs.length} PDF for ${documents} documents`);
  for (const pdf of pdfs) {
    if (!isPdf(pdf)) report('PDF_CONTENT', 'a PDF attachment is no PDF');
    if (!pdfName.test((pdf.filename ?? '').normalize('NFC')))
      report('PDF_NAME', 'a name is not <AAAAMMJJ>_<type>_<NOM>_<prenom>[_n].pdf');
  }
  if (email.attachments.length > documents + 1) report('ATTACHMENTS', 'other attachments than the archive and its PDF');
}

const isPdf = (attachment: Attachment): boolean => contentOf(attachment).subarray(0, 5).toString('latin1') === '%PDF-';

function checkAgreement(
  headers: Readonly<Record<string, string>>,
  { submissionSet, documents }: XdmContent,
  report: Report,
): void {
  const { patientId } = submissionSet;
  if (!patientId.value || !patientId.oid) report('PATIENT_ID_MISSING', 'METADATA.XML has no patientId (ECO.2.1.2)');
  if (documents.length === 0) report('DOCUMENTS_MISSING', 'the archive has no document');
  if (documents.some(({ entry }) => entry.patientId.value !== patientId.value || entry.patientId.oid !== patientId.oid))
    report('PATIENTS_SEVERAL', 'the archive speaks of more than one patient (ECO.2.1.1)');
  if (documents.some(({ entry }) => entry.hash === null || entry.size === null))
    report('HASH_MISSING', 'an entry has no hash or no size');
  const types = documents.map(({ entry }) => entry.typeCode.code).join(',');
  if ((headers['x-mss-codecda'] ?? '').replaceAll(' ', '') !== types)
    report('CODECDA', 'X-MSS-CODECDA does not list the types of the documents');
  if (headers['x-mss-ins'] !== (isInsOid(patientId.oid) ? 'O' : 'N'))
    report('INS_FLAG', 'X-MSS-INS does not tell whether the patientId is an INS');
}

function checkRecipient(
  { recipient, envelope: { notify }, headers }: StoredMail,
  archive: XdmContent | null,
  patient: boolean,
  report: Report,
): void {
  if (!notify?.includes('SUCCESS') || !notify.includes('FAILURE'))
    report('DSN_NOT_ASKED', 'NOTIFY does not ask SUCCESS and FAILURE (ECO.2.3.1)');
  if (!patient) return;
  const { value, oid } = archive?.submissionSet.patientId ?? { value: '', oid: '' };
  if (headers['x-mss-ins'] !== 'O')
    report('PATIENT_WITHOUT_INS', 'a patient’s address asks for a qualified INS (ECO.2.2.6)');
  const owner = recipient.split('@')[0]?.toUpperCase() ?? '';
  if (archive && isInsOid(oid) && !owner.endsWith(value.toUpperCase()))
    report('PATIENT_OTHER', 'the archive is not of the patient of the address');
}
