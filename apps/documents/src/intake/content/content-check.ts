import { MessageRefused } from '@pfi/platform-intake';
import type { ContentsSettings, Source } from '@pfi/platform-settings';
import { pdfFinding } from './pdf-contents.js';
import { isEncrypted } from './pdf-inspection.js';

export interface ContentWarning {
  readonly code: string;
  readonly textFr: string;
}

/** The industry's harmless test file, in two halves so that no scanner stops at this source. */
const EICAR = Buffer.from(['EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!'].join(''));
const PDF_A = Buffer.from('pdfaid:part');

const texts = {
  MALWARE_FOUND:
    'Le document contient un code malveillant connu : il n’est ni conservé pour envoi ni transmis. Alerter la sécurité.',
  DOCUMENT_ACTIVE_CONTENT: 'Le PDF contient un élément actif interdit : le produire de nouveau sans cet élément',
  DOCUMENT_LIMIT: 'Le PDF dépasse une limite de sécurité : le scinder ou le produire de nouveau',
  PDF_UNREADABLE: 'Le PDF ne peut pas être contrôlé : le produire de nouveau',
  PDF_ENCRYPTED: 'Le PDF est protégé : le produire sans mot de passe ni restriction.',
  PDFA_REQUIRED: 'Le PDF n’est pas déclaré PDF/A, ce qui est exigé de cette source : le produire en PDF/A-1.',
} as const;

/** What a received document holds, whatever its door: nothing active or malicious is taken in, so none is ever forwarded. */
export class ContentCheck {
  constructor(private readonly rules: ContentsSettings) {}

  /** A CDA and the PDF that it holds. Raises MALWARE_FOUND, DOCUMENT_ACTIVE_CONTENT, DOCUMENT_LIMIT, PDF_UNREADABLE, PDF_ENCRYPTED, PDFA_REQUIRED, CdaFault. */
  cda(
    bytes: Buffer,
    pdfOf: () => Buffer | null,
    source: Source,
    location: string,
  ): { readonly pdf: Buffer | null; readonly warnings: readonly ContentWarning[] } {
    refuseMalware(bytes, location);
    const pdf = pdfOf();
    return { pdf, warnings: pdf ? this.pdf(pdf, source, location) : [] };
  }

  /** As `cda`. */
  pdf(bytes: Buffer, source: Source, location: string): ContentWarning[] {
    refuseMalware(bytes, location);
    // Object streams of an encrypted document cannot be looked into.
    if (isEncrypted(bytes)) throw refusal('PDF_ENCRYPTED', location);
    const finding = pdfFinding(bytes, this.rules);
    if (finding) throw refusal(finding.code, location, finding.what);
    if (source.pdfA === 'off' || bytes.includes(PDF_A)) return [];
    if (source.pdfA === 'block') throw refusal('PDFA_REQUIRED', location);
    return [{ code: 'PDF_NOT_PDFA', textFr: 'Le PDF reçu n’est pas déclaré PDF/A : il partira tel quel.' }];
  }
}

function refuseMalware(bytes: Buffer, location: string): void {
  if (bytes.includes(EICAR)) throw refusal('MALWARE_FOUND', location);
}

const refusal = (code: keyof typeof texts, location: string, what?: string): MessageRefused =>
  new MessageRefused('207', code, what === undefined ? texts[code] : `${texts[code]} (${what}).`, location);
