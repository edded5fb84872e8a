import type { Coded } from './coded.js';

const LOINC = '2.16.840.1.113883.6.1';
const TRE_A05 = '1.2.250.1.213.1.1.4.12';
const TRE_A03 = '1.2.250.1.213.1.1.4.1';
const FORMAT_IHE = '1.3.6.1.4.1.19376.1.2.3';
const FORMAT_TRE_A06 = '1.2.250.1.213.1.1.4.2.282';
const FORMAT_DICOM = '1.2.840.10008.2.6.1';

/** A document type of a hospital and what the XDS metadata derive from it. */
export interface DocumentType {
  readonly code: string;
  readonly system: string;
  readonly label: string;
  readonly classCode: Coded;
  /** In JDV_J66-TypeCode-DMP (2022-09-30). */
  readonly acceptedByDmp: boolean;
  /** XDS formatCode of the level-3 model; null when there is none (level 1 only). */
  readonly formatN3: Coded | null;
}

/** Class codes, TRE_A03. */
export const classCodes = {
  '10': classCode('10', 'Compte rendu'),
  '11': classCode('11', 'Synthèse'),
  '31': classCode('31', 'Imagerie médicale'),
  '42': classCode('42', 'Prescription'),
  '43': classCode('43', 'Dispensation'),
  '44': classCode('44', 'Plan de soins, protocole de soins'),
  '45': classCode('45', 'Traitement administré'),
  '52': classCode('52', 'Certificat, déclaration'),
  '60': classCode('60', 'Données de remboursement'),
  '90': classCode('90', 'Autres documents déposés par le patient'),
  '95': classCode('95', 'Document de gestion'),
} as const;

/** XDS formatCode of a level-1 document whose body is a PDF. */
export const FORMAT_N1_PDF: Coded = Object.freeze({
  code: 'urn:ihe:iti:xds-sd:pdf:2008',
  system: FORMAT_IHE,
  label: 'Document PDF encapsulé (CDA R2 niveau 1)',
});

/**
 * Default table: type → class → format. Every code of JDV_J66-TypeCode-DMP (2022-09-30), labels of JDV_J07 (2024-09-27), classes of
 * ASS_X04-CorrespondanceType-Classe-CISIS (1.2.250.1.213.1.1.4.249, 2024-02-23), formats of ASS_A11. A GHT file may override it.
 */
export const documentTypes: readonly DocumentType[] = Object.freeze([
  type(
    '11490-0',
    'Lettre de liaison à la sortie',
    '10',
    ans('urn:asip:ci-sis:ldl-ses:2017', 'Lettre de liaison à la sortie'),
  ),
  type(
    '18761-7',
    'Lettre de liaison à l’entrée',
    '11',
    ans('urn:asip:ci-sis:ldl-ees:2017', 'Lettre de liaison à l’entrée'),
  ),
  type('34874-8', 'Compte rendu opératoire', '10'),
  type('34112-3', 'Compte rendu hospitalier', '10'),
  type('57833-6', 'Prescription de produits de santé', '42', ihe('urn:ihe:pharm:pre:2010', 'Prescription')),
  type('57828-6', 'Prescription, autre', '42'),
  type('57832-8', 'Prescription de soins', '42'),
  type(
    'PRESC-BIO',
    'Prescription d’actes de biologie',
    '42',
    ans('urn:ans:ci-sis:bio-ep-bio:2022', 'Prescription de biologie'),
  ),
  type('PRESC-KINE', 'Prescription d’actes de kinésithérapie', '42'),
  type('PRESC-INF', 'Prescription d’actes infirmiers', '42'),
  type('11502-2', 'Compte rendu d’examens biologiques', '10', ihe('urn:ihe:lab:xd-lab:2008', 'Examens biologiques')),
  type(
    '18748-4',
    'Compte rendu d’imagerie médicale',
    '31',
    ihe('urn:ihe:rad:CDA:ImagingReportStructuredHeadings:2013', 'Imagerie'),
  ),
  type('55115-0', 'Demande d’actes d’imagerie', '42', ans('urn:ans:ci-sis:img-da:2022', 'Demande d’imagerie')),
  type('IMG-KOS', 'Référence d’objets d’imagerie', '31', {
    code: '1.2.840.10008.5.1.4.1.1.88.59',
    system: FORMAT_DICOM,
    label: 'Key Object Selection',
  }),
  type('77436-4', 'Compte rendu d’anesthésie', '10', ans('urn:asip:ci-sis:cr-anest:2020', 'Anesthésie')),
  type(
    '34749-2',
    'Compte rendu de consultation pré-anesthésique',
    '10',
    ans('urn:asip:ci-sis:cr-cpa:2020', 'Consultation pré-anesthésique'),
  ),
  type('11488-4', 'Compte rendu de consultation', '10'),
  type('15507-7', 'Compte rendu de passage aux urgences', '10'),
  type('15508-5', 'Compte rendu d’accouchement', '10'),
  type('67851-6', 'Compte rendu d’admission', '10'),
  type(
    '34794-8',
    'Compte rendu de réunion de concertation pluridisciplinaire',
    '10',
    ans('urn:asip:ci-sis:frcp:2011', 'Fiche RCP'),
  ),
  type('11505-5', 'Compte rendu d’acte thérapeutique, autre', '10'),
  type('70004-7', 'Compte rendu d’acte diagnostique, autre', '10'),
  type('SYNTH', 'Synthèse médicale', '11', ans('urn:asip:ci-sis:vsm:2012', 'Volet de synthèse médicale')),
  type('60591-5', 'Synthèse médicale', '11', ans('urn:asip:ci-sis:vsm:2012', 'Volet de synthèse médicale')),
  type('89601-9', 'Certificat médical', '52'),
  type('60593-1', 'Dispensation médicamenteuse', '43', ihe('urn:ihe:pharm:dis:2010', 'Dispensation')),
  type(
    '11526-1',
    'Compte rendu d’anatomie et de cytologie pathologiques',
    '10',
    ihe('urn:ihe:palm:apsr:2016', 'Anatomopathologie'),
  ),
  type('BIL_AUTO', 'Compte rendu de bilan d’évaluation de la perte d’autonomie', '10'),
  type('CERT_DECL', 'Certificat, déclaration', '52'),
  type('DISP_AUT', 'Dispensation (autre)', '43'),
  type('EXPPAT_1', 'Volontés et droits du patient', '90'),
  type('EXPPAT_2', 'Autre document du patient', '90'),
  type('EXPPAT_3', 'Directives anticipées', '90'),
  type('PROT_ALD', 'Protocole de soins ALD', '44'),
  type('REMB', 'Données de remboursement', '60'),
  type('DOCPAT01', 'Synthèse déposée par le patient', '11'),
  type('DOCPAT02', 'Traitement ou document de soins déposé par le patient', '42'),
  type('DOCPAT03', 'Compte rendu déposé par le patient', '10'),
  type('DOCPAT04', 'Imagerie déposée par le patient', '31'),
  type('DOCPAT05', 'Compte rendu de biologie déposé par le patient', '10'),
  type('DOCPAT06', 'Compte rendu de prévention déposé par le patient', '10'),
  type('DOCPAT07', 'Certificat déposé par le patient', '52'),
  type('DOCPAT08', 'Profil médical Mon espace santé', '11'),
  type('DOCPAT09', 'Document administratif déposé par le patient', '95'),
  type('PRESC-PEDI', 'Prescription d’actes de pédicurie', '42'),
  type('PRESC-ORTHOPHO', 'Prescription d’actes d’orthophonie', '42'),
  type('PRESC-ORTHOPTIE', 'Prescription d’actes d’orthoptie', '42'),
  type('11369-6', 'Historique des vaccinations', '52'),
  type('11506-3', 'Compte rendu ou fiche de suivi de soins par auxiliaire médical', '10'),
  type('18776-5', 'Plan personnalisé de soins', '44'),
  type('34133-9', 'Synthèse d’épisode de soins', '11'),
  type('34842-5', 'Grille d’évaluation médico-social', '11'),
  type('47420-5', 'Compte rendu de bilan fonctionnel', '10'),
  type('51969-4', 'Compte rendu de génétique moléculaire', '10'),
  type('52040-3', 'Document encapsulant une image d’illustration non DICOM', '31'),
  type('56445-0', 'Bilan médicamenteux (Officine)', '11'),
  type('61357-0', 'Intervention pharmaceutique', '42'),
  type('68599-0', 'Synthèse psychiatrique', '11'),
  type('68817-6', 'Bilan de santé et de prévention de l’enfant', '11'),
  type('74207-2', 'Document de liaison d’urgence', '11'),
  type('75468-9', 'Renouvellement ordonnance par pharmacien correspondant', '42'),
  type('75482-0', 'Compte rendu d’acte thérapeutique à visée préventive', '10'),
  type('75492-9', 'Compte rendu d’acte diagnostique à visée préventive ou de dépistage', '10'),
  type('75496-0', 'Demande d’acte de télémédecine', '10'),
  type('77604-7', 'Planification thérapeutique', '44'),
  type('78513-9', 'Compte rendu de consultation en ophtalmologie', '10'),
  type('78601-2', 'Compte rendu d’entretien pharmaceutique', '10'),
  type('80565-5', 'Compte rendu d’administration de médicaments', '45'),
  type('80788-3', 'Projet personnalisé d’accompagnement', '44'),
  type('80820-4', 'Formulaire de conciliation médicamenteuse (Hôpital)', '11'),
  type('83836-7', 'Schéma dentaire', '11'),
  type('83901-9', 'Bilan psychologique', '11'),
  type('83981-1', 'Lettre de liaison à la sortie d’une structure sociale ou médico-sociale', '10'),
  type('85208-7', 'Compte rendu de télémédecine', '10'),
  type('87273-9', 'Note de vaccination', '52'),
  type('88348-8', 'Lettre de liaison d’entrée en structure sociale ou médico-sociale', '11'),
  type('93024-8', 'Compte rendu de consultation pharmaceutique', '10'),
  type('96173-0', 'Test rapide d’orientation diagnostique', '52'),
  type('96874-3', 'COVID-19 Attestation de vaccination', '52'),
  // The signature of a submission set, not a document of care.
  Object.freeze({
    code: 'E1762',
    system: 'ASTM',
    label: 'Full Document',
    classCode: Object.freeze({ code: 'urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1', system: 'URN', label: 'Signature' }),
    acceptedByDmp: true,
    formatN3: null,
  }),
  type(
    '60568-3',
    'Compte rendu d’anatomie et de cytologie pathologiques',
    '10',
    ihe('urn:ihe:palm:apsr:2016', 'Anatomopathologie'),
    false,
  ),
  type('34875-5', 'Évaluation postopératoire', '10', null, false),
  type('51851-4', 'Document administratif', '95', null, false),
]);

const byCode = new Map(documentTypes.map((known) => [known.code, known]));

/** The type of this code in the default table. Codes are unique across LOINC, TRE_A05 and ASTM. */
export function findDocumentType(code: string): DocumentType | undefined {
  return byCode.get(code);
}

function type(
  code: string,
  label: string,
  classKey: keyof typeof classCodes,
  formatN3: Coded | null = null,
  acceptedByDmp = true,
): DocumentType {
  const system = /^\d+-\d$/.test(code) ? LOINC : TRE_A05;
  return Object.freeze({ code, system, label, classCode: classCodes[classKey], acceptedByDmp, formatN3 });
}

function classCode(code: string, label: string): Coded {
  return Object.freeze({ code, system: TRE_A03, label });
}

function ihe(code: string, label: string): Coded {
  return Object.freeze({ code, system: FORMAT_IHE, label });
}

function ans(code: string, label: string): Coded {
  return Object.freeze({ code, system: FORMAT_TRE_A06, label });
}
