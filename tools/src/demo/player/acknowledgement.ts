import { parseMessage } from '@pfi/hl7v2';

/** What an acknowledgement says, even one of a message whose MSH-10 could not be read. */
export interface Answer {
  readonly code: string;
  readonly hl7Code: string;
  readonly ourCode: string;
  readonly location: string;
  readonly text: string;
}

export function readAnswer(bytes: Buffer): Answer {
  const message = parseMessage(bytes);
  const [msa, err] = [message.segment('MSA'), message.segment('ERR')];
  return {
    code: msa?.value(1) ?? '',
    hl7Code: err?.value(3) ?? '',
    ourCode: err?.value(5) ?? '',
    location: err ? [1, 2, 3].map((part) => err.value(2, part)).join('^') : '',
    text: err?.value(8) ?? '',
  };
}
