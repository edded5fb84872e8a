import { randomBytes } from 'node:crypto';
import { adt, mdm, newPatient } from '../demo/player/index.js';
import type { Sender, SyntheticPatient } from '../demo/player/index.js';
import { pdfFile } from '../demo/player/pdf-file.js';

/** A patient of a sender's domain, its INS qualified once `adtOf` was taken in. */
export interface KnownPatient {
  readonly sender: Sender;
  readonly patient: SyntheticPatient;
}

const ADT_BYTES = 2_000;

export const newPatients = (sender: Sender, count: number): KnownPatient[] =>
  Array.from({ length: count }, () => ({ sender, patient: newPatient(sender.authority) }));

/** An A31 of 2 kB: the identity, and relatives nobody here reads, as an administrative system sends them. */
export function adtOf({ sender, patient }: KnownPatient): Buffer {
  const { message } = adt(sender, 'A31', patient, 'qualifiee');
  const relatives: Buffer[] = [];
  for (let size = message.length, set = 1; size < ADT_BYTES; set += 1) {
    const name = `PROCHE${set}^CAMILLE`;
    const place = `${set} RUE DES ESSAIS^^VILLE-D'ESSAI^^63000^FRA^H`;
    const segment = Buffer.from(`NK1|${set}|${name}|PAR|${place}|^PRN^PH^^^^^^^^^0400000000||K^Personne à prévenir\r`);
    relatives.push(segment);
    size += segment.length;
  }
  return Buffer.concat([message, ...relatives]);
}

/**
 * An MDM^T02 of a level 1 document that says the INS, with a page of random grey: nothing on its way can be compressed.
 * @param bytes of the message, within 2 %
 */
export function mdmOf({ sender, patient }: KnownPatient, bytes: number): Buffer {
  // base64 twice, and the text of both envelopes
  const pdf = greyPage(Math.max(1_000, Math.round(((bytes - ENVELOPE.message) * 0.75 - ENVELOPE.cda) * 0.75)));
  return mdm(sender, patient, { pdf, insInCda: patient.ins, insInPid: patient.ins }).message;
}

const ENVELOPE = { message: 1_500, cda: 5_000 } as const;

function greyPage(bytes: number): Buffer {
  const width = 256;
  const height = Math.ceil(bytes / width);
  const content = 'q 595 0 0 842 0 0 cm /I1 Do Q';
  return pdfFile([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /I1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    Buffer.concat([
      Buffer.from(
        `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceGray /BitsPerComponent 8 /Length ${width * height} >>\nstream\n`,
      ),
      randomBytes(width * height),
      Buffer.from('\nendstream'),
    ]),
  ]);
}
