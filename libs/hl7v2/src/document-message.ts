import type { MessageHeader } from './header.js';
import type { DocumentContent, DocumentReference, Hl7Warning } from './model.js';

/** MDM T02/T04/T10 or ORU R01, after every check that the message alone allows. */
export interface DocumentMessage extends DocumentContent {
  header: MessageHeader;
  /** ORC-1 */
  orderControl: 'NW' | 'RO' | 'CA';
  /** OBX-11 of the document. */
  resultStatus: 'F' | 'C' | 'D';
  /** MDM only. */
  txa?: { documentId: DocumentReference; parentId?: DocumentReference };
  /** `cda` as it stands in the bytes of the message, without a copy; absent when encoding it again would not give the same text. */
  base64?: Buffer;
  warnings: Hl7Warning[];
}
