import { isFiness, isInsOid, isOid, isRpps, parseIns } from '@pfi/health';
import { z } from 'zod';

const text = (max: number) => z.string().trim().min(1).max(max);
const instant = z.iso.datetime({ offset: true });
const finess = z.string().refine(isFiness, { error: 'numéro FINESS attendu (9 caractères)' });

const insSchema = z
  .strictObject({ matricule: z.string().max(20), oid: z.string().refine(isInsOid, { error: 'OID d’INS attendu' }) })
  .refine((ins) => isIns(ins), { error: 'matricule INS invalide : 15 caractères, clé comprise' });

const patientSchema = z
  .strictObject({
    /** Local identifier, and the name or the OID of its assigning authority. */
    ipp: z.strictObject({ value: text(100), authority: text(128) }).optional(),
    ins: insSchema.optional(),
    /** `VALI`: the source holds the identity for validated (PID-32). */
    status: z.enum(['VALI', 'PROV']).optional(),
    fictitious: z.boolean().optional(),
    traits: z.strictObject({
      birthName: text(100),
      birthGivenNames: text(200),
      birthFirstGivenName: text(100).optional(),
      usedName: text(100).optional(),
      usedGivenName: text(100).optional(),
      birthDate: z.iso.date(),
      sex: z.enum(['M', 'F', 'U']),
      birthPlace: z
        .string()
        .regex(/^[0-9AB]{5}$/, { error: 'code officiel géographique attendu (5 caractères)' })
        .optional(),
    }),
  })
  .refine((patient) => patient.ipp ?? patient.ins, { error: 'indiquez ipp ou ins' });

const professionalSchema = z.strictObject({
  rpps: z.string().refine(isRpps, { error: 'numéro RPPS attendu (11 chiffres)' }),
  name: z.strictObject({ family: text(100), given: text(100) }),
  /** Profession and speciality, `G15_10/SM26`. */
  speciality: z.strictObject({ code: text(50), label: text(200) }).optional(),
});

const recipientSchema = z.strictObject({
  kind: z.enum(['professional', 'structure', 'patient']),
  /** National id of the professional or of the structure. */
  id: text(50).optional(),
  name: text(200).optional(),
  /** MSSanté address, read by the grammar of every door (ADDRESS_INVALID). */
  address: text(2_000).optional(),
});

/** JDV_J04, practice settings. */
export const practiceSettings = {
  ETABLISSEMENT: 'Établissement de santé',
  AMBULATOIRE: 'Ambulatoire',
  HAD: 'Hospitalisation à domicile',
  SAD: 'Soins à domicile',
  ESSMS: 'Établissement ou service social ou médico-social',
  PALLIATIF: 'Soins palliatifs',
  SAMU_SMUR: 'SAMU - SMUR',
  DEPISTAGE: 'Dépistage',
} as const;

/** JDV_J08, confidentiality of the document itself. */
export const confidentialities = { N: 'Normal', R: 'Restreint', V: 'Très restreint' } as const;

/**
 * The part `metadata` of a deposit. `title`, `effectiveTime` and `author` are needed for a PDF; a CDA says them itself, and
 * what both say must agree.
 */
export const depositMetadataSchema = z.strictObject({
  /** Key of the source in the GHT file. */
  source: text(63),
  patient: patientSchema,
  stay: z
    .strictObject({
      number: text(100),
      /** Name or OID of the assigning authority; that of the source's domain when absent. */
      authority: text(128).optional(),
      /** UF: tells the establishment. */
      unit: text(50).optional(),
      /** HL7 table 0004: I hospitalisation, O consultation, E urgences, R ambulatoire. */
      patientClass: z.enum(['I', 'O', 'E', 'R', 'N']).optional(),
      admittedAt: instant.optional(),
      endedAt: instant.optional(),
    })
    .optional(),
  /** Document type: LOINC or TRE_A05. */
  typeCode: text(50),
  title: text(128).optional(),
  effectiveTime: instant.optional(),
  author: professionalSchema.optional(),
  legalAuthenticator: professionalSchema.optional(),
  /** Legal entity or establishment that keeps the document; the source's own when absent. */
  custodian: z.strictObject({ finess }).optional(),
  serviceEvent: z.strictObject({ start: instant, end: instant.optional() }).optional(),
  practiceSetting: z.enum(Object.keys(practiceSettings) as [keyof typeof practiceSettings]).optional(),
  confidentiality: z.enum(['N', 'R', 'V']).optional(),
  /** Restrictions. A flag that is absent leaves the decision to the platform's rules. */
  visibility: z
    .strictObject({
      masquePs: z.boolean().optional(),
      invisiblePatient: z.boolean().optional(),
      invisibleRepLegaux: z.boolean().optional(),
      connexionSecrete: z.boolean().optional(),
      modifConfCode: z.boolean().optional(),
    })
    .optional(),
  destinations: z
    .strictObject({
      dmp: z.boolean().optional(),
      mssPro: z.boolean().optional(),
      mssPatient: z.boolean().optional(),
    })
    .optional(),
  recipients: z.array(recipientSchema).max(50).optional(),
  /** How mails are written; what is absent comes from the group's templates. */
  mail: z
    .strictObject({
      bodyProfessional: text(10_000).optional(),
      bodyPatient: text(10_000).optional(),
      replyTo: text(2_000).optional(),
      /** False: the patient may not answer. */
      replyAllowed: z.boolean().optional(),
    })
    .optional(),
  /** The version that this document replaces: its ClinicalDocument/id, or the id of the platform. */
  relatesTo: z
    .strictObject({
      documentId: z.union([z.uuid(), z.string().max(64).refine(isOid)], {
        error: 'OID du CDA ou identifiant de la plateforme attendu',
      }),
    })
    .optional(),
});

export type DepositMetadata = z.output<typeof depositMetadataSchema>;

/** A complete example, for the OpenAPI document and for whoever writes a client. */
export const depositMetadataExample: z.input<typeof depositMetadataSchema> = {
  source: 'dpi-rest',
  patient: {
    ipp: { value: 'IPP0001', authority: 'CHU-BRUME' },
    traits: {
      birthName: 'ESSAI-CHÊNE',
      birthGivenNames: 'JEANNE ÉLISE',
      birthFirstGivenName: 'JEANNE',
      birthDate: '1979-05-12',
      sex: 'F',
      birthPlace: '35238',
    },
  },
  stay: { number: 'SEJ0001', unit: '1010', patientClass: 'I', admittedAt: '2026-01-02T08:00:00+01:00' },
  typeCode: '11490-0',
  title: 'Lettre de liaison à la sortie',
  effectiveTime: '2026-01-05T10:15:00+01:00',
  author: {
    rpps: '10100000008',
    name: { family: 'MÉDECIN', given: 'Anne' },
    speciality: { code: 'G15_10/SM26', label: 'Médecin - Médecine générale' },
  },
  custodian: { finess: '990000101' },
  serviceEvent: { start: '2026-01-02T08:00:00+01:00', end: '2026-01-05T10:00:00+01:00' },
  practiceSetting: 'ETABLISSEMENT',
  confidentiality: 'N',
  visibility: { invisiblePatient: false },
  destinations: { dmp: true, mssPro: false, mssPatient: false },
};

function isIns(ins: { readonly matricule: string; readonly oid: string }): boolean {
  try {
    parseIns(ins.matricule, ins.oid);
    return true;
  } catch {
    return false;
  }
}
