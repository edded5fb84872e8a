import { randomUUID } from 'node:crypto';
import { pdfFile } from './pdf-file.js';
import type { Sender } from './senders.js';
import type { SyntheticPatient } from './synthetic-patient.js';

export interface RestDeposit {
  readonly idempotencyKey: string;
  /** Part `metadata` of `POST /api/documents/v1/documents`. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly file: { readonly bytes: Buffer; readonly mediaType: string };
}

/** A letter of one page (PDF 1.4), as an application without CDA would print it. */
export function letterPdf(title: string, lines: readonly string[]): Buffer {
  const shown = [title, ...lines].map((line) => `(${line.replaceAll(/[\\()]/g, '\\$&')}) Tj T*`);
  const content = `BT /F1 12 Tf 72 760 Td 18 TL ${shown.join(' ')} ET`;
  return pdfFile([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  ]);
}

/** A deposit of a PDF by REST; the platform makes a CDA N1 of it. */
export function restDeposit(sender: Sender, patient: SyntheticPatient, unit = '1010'): RestDeposit {
  const at = new Date().toISOString();
  const title = 'Lettre de liaison à la sortie';
  return {
    idempotencyKey: randomUUID(),
    metadata: {
      source: sender.key,
      patient: { ipp: { value: patient.ipp, authority: patient.authority.name }, traits: patient.traits },
      stay: { number: patient.visit, unit, patientClass: 'I', admittedAt: at },
      typeCode: '11490-0',
      title,
      effectiveTime: at,
      author: { rpps: '10000000009', name: { family: 'MEDECIN', given: 'Anne' } },
      serviceEvent: { start: at },
      destinations: { dmp: true, mssPro: false, mssPatient: false },
    },
    file: {
      bytes: letterPdf(title, [`Document d'essai ${randomUUID()}.`, 'Aucune personne réelle.']),
      mediaType: 'application/pdf',
    },
  };
}
