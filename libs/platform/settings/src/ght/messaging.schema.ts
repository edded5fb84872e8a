import { z } from 'zod';
import { duration, key, label } from './scalars.js';

const address = label.regex(/^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/, {
  error: 'adresse attendue, par exemple pfi@chu.mssante.fr',
});
const domain = label.regex(/^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/, { error: 'domaine attendu, par exemple mssante.fr' });

/** The applicative mailbox of a legal entity: mail leaves from it, notices and answers come back to it. */
export const mailboxSchema = z.strictObject({
  address,
  /** From display name (Référentiel socle MSSanté #2, ECO.2.2.7). */
  displayName: label,
  /** Folder of PFI_SECRETS_DIR with `tls.crt` and `tls.key` (IGC-Santé organisation certificate), for SMTP and IMAP. */
  certificate: key,
  /** external: the certificate signs in (SASL EXTERNAL); password: PFI_SECRETS_DIR/<passwordSecret>/password; none: SMTP without sign-in. */
  smtpSignIn: z.enum(['external', 'password', 'none'], { error: 'external, password ou none attendu' }).default('none'),
  imapSignIn: z.enum(['external', 'password'], { error: 'external ou password attendu' }).default('external'),
  /** Sign-in name; the address by default. */
  username: label.optional(),
  passwordSecret: key.optional(),
});

/** MSSanté mail: what differs between operators and groups (interop §6). */
export const mssSchema = z
  .strictObject({
    /** Patient addresses are `<matricule INS>@<patientDomain>`. */
    patientDomain: domain.default('patient.mssante.fr'),
    /** Test platforms write a prefix before the matricule; never in production. */
    patientPrefix: z.string().max(20).default(''),
    /** The MSSanté space of trust: an address must end with one of these domains. */
    trustedDomains: z.array(domain).min(1).default(['mssante.fr']),
    /** MASQUE_PS = Y: no mail to professionals. */
    blockProWhenMasquePs: z.boolean().default(true),
    /** INVISIBLE_REP_LEGAUX = Y: no mail to a minor, whose mailbox the legal representatives can open (recalled). */
    blockMinorWhenHiddenFromRepresentatives: z.boolean().default(true),
    /** X-MSS-NIL: product reference number; left out when absent. */
    productNumber: label.optional(),
    /** Of the whole mail as it leaves, in bytes: the operator's limit, and that of Mon espace santé. */
    maxBytes: z.int().min(100_000).default(10_000_000),
    patientMaxBytes: z.int().min(100_000).default(25_000_000),
    /** Name of the XDM slot that says `C` (replaces) or `D` (withdraws); not settled by the published sources. */
    actionSlot: label.default('urn:asip:ci-sis:xdm:action'),
    /** Texts when the source gives none; `{type}`, `{date}`, `{establishment}` are filled in. Absent = those of the platform. */
    bodies: z.strictObject({ professional: label.optional(), patient: label.optional() }).prefault({}),
    /** Exchanges at the same time, for one legal entity and for the whole group; an operator may allow fewer connections. */
    concurrency: z
      .strictObject({ perOwner: z.int().min(1).max(64).default(32), total: z.int().min(1).max(256).default(128) })
      .prefault({}),
    /** How often a mailbox is read when the server does not announce mail by itself. */
    pollEvery: duration.prefault('PT30S'),
    /** Folders of the applicative mailbox, made when they are missing: notices that were read, and what a person must see. */
    folders: z.strictObject({ done: label.default('PFI-traités'), review: label.default('PFI-à-voir') }).prefault({}),
    /** Searches in the Annuaire Santé (FHIR R4), in order, until one names a mailbox; `{rpps}` is filled in. To be confirmed. */
    directory: z
      .strictObject({
        searches: z
          .array(label)
          .min(1)
          .default([
            'PractitionerRole?practitioner.identifier=https://rpps.esante.gouv.fr|{rpps}',
            'Practitioner?identifier=https://rpps.esante.gouv.fr|{rpps}',
          ]),
        /** A mailbox that was found is asked again after this long; one that was not, after a tenth of it. */
        cacheFor: duration.prefault('PT12H'),
      })
      .prefault({}),
    /** A mail without delivery notice is no longer waited for after this long. */
    sentFinalAfter: duration.prefault('P5D'),
  })
  .prefault({});
