import { createHash } from 'node:crypto';
import type { MailClaim } from '@pfi/contracts';
import { assertSize, composeMail, type Leaving } from '@pfi/mss-core';
import { documentEntryOf, submissionSetOf, type GoAheadClient } from '@pfi/platform-go-ahead';
import type { Ght } from '@pfi/platform-settings';
import { writeXdm } from '@pfi/xdm';
import type { XdsPatientId } from '@pfi/xds';
import type { Message } from '../persistence/message.repository.js';

/** A content does not have the hash under which it is kept. */
export const ALTERED_CONTENT = Symbol('altered content');

/** Bytes of the CDA and of the PDF beside it. */
export interface MailContents extends Disposable {
  readonly cda: Buffer;
  readonly pdf: Buffer | null;
}

/** Puts a claim, its bytes and the ids of its message together: the mail as it leaves. */
export class MailBuilder {
  constructor(
    private readonly ght: Ght,
    private readonly documents: Pick<GoAheadClient<MailClaim>, 'content'>,
  ) {}

  /** What the mail is made of; to be disposed of once it has left. Raises what reading the contents raises. */
  async contents({ owner }: Pick<Message, 'owner'>, { artefact, pdf }: MailClaim): Promise<MailContents> {
    const cda = await this.documents.content(owner, artefact.sha256);
    try {
      const copy = pdf && (await this.documents.content(owner, pdf.sha256, cda));
      return { cda: cda.bytes, pdf: copy && copy.bytes, [Symbol.dispose]: () => cda[Symbol.dispose]() };
    } catch (error) {
      cda[Symbol.dispose]();
      throw error;
    }
  }

  /** Raises MESSAGE_TOO_LARGE, HEADER_UNSAFE, ADDRESS_INVALID. */
  async build(
    message: Message,
    claim: MailClaim,
    { cda, pdf }: Pick<MailContents, 'cda' | 'pdf'>,
    leaving: Omit<Leaving, 'establishmentName' | 'possibleDuplicate' | 'at'>,
  ): Promise<Buffer | typeof ALTERED_CONTENT> {
    if (!hasHash(cda, claim.artefact.sha256) || (pdf && !hasHash(pdf, claim.pdf?.sha256))) return ALTERED_CONTENT;
    const { mss } = this.ght.file;
    const archive = await this.archive(message, claim, cda, pdf);
    const mail = composeMail(
      claim,
      mss,
      { archive, pdf },
      {
        ...leaving,
        establishmentName: this.establishmentName(claim),
        at: new Date(),
        possibleDuplicate: message.inDoubt,
      },
    );
    assertSize(mail.length, claim.channel === 'mss-patient' ? mss.patientMaxBytes : mss.maxBytes);
    return mail;
  }

  private archive(message: Message, claim: MailClaim, cda: Buffer, pdf: Buffer | null): Promise<Buffer> {
    const { patient, operation } = claim;
    const patientId = patientIdOf(patient);
    return writeXdm({
      submissionSet: submissionSetOf(this.ght, message, claim, patientId),
      // Hash and size are told of the CDA as it is written.
      entry: documentEntryOf(message.entryUuid, claim, patientId, { sha1: null, size: null }),
      cda,
      pdf,
      action: operation === 'replace' ? 'C' : operation === 'withdraw' ? 'D' : null,
      actionSlot: this.ght.file.mss.actionSlot,
    });
  }

  private establishmentName({ establishment, legalEntity }: MailClaim): string {
    const entity = this.ght.legalEntity(legalEntity);
    return entity?.establishments.find(({ finess }) => finess === establishment)?.name ?? entity?.name ?? '';
  }
}

/** The INS when the mail may say it, else the local identifier of the patient. */
function patientIdOf({ matricule, oid, local }: MailClaim['patient']): XdsPatientId {
  if (matricule !== null && oid !== null) return { value: matricule, oid };
  return { value: local?.value ?? '', oid: local?.authorityOid ?? '', idType: 'PI' };
}

const hasHash = (content: Buffer, sha256: string | undefined): boolean =>
  createHash('sha256').update(content).digest('hex') === sha256;
