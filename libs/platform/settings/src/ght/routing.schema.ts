import { z } from 'zod';
import { label, oid } from './scalars.js';

const flagPattern = z.enum(['Y', 'N', '*'], { error: 'Y, N ou * attendu (entre guillemets)' });

const matrixRowSchema = z.strictObject({
  case: label,
  masquePs: flagPattern,
  invisiblePatient: flagPattern,
  invisibleRepLegaux: flagPattern,
  connexionSecrete: flagPattern,
  modifConfCode: flagPattern,
  destDmp: flagPattern,
  destMssPs: flagPattern,
  destMssPat: flagPattern,
  /** Who gets the mail when the flags of the message fit this row. */
  audience: z.array(z.enum(['professional', 'patient'], { error: 'professional ou patient attendu' })).min(1),
});

/**
 * The combinations of flags that « Transmission d'un document CDA R2 en HL7v2 » 2.1 declares exhaustive.
 * `N/Y` and `Y/N` of the guide are `*` here.
 */
const guideMatrix: z.input<typeof matrixRowSchema>[] = [
  {
    case: 'a',
    masquePs: 'N',
    invisiblePatient: 'N',
    invisibleRepLegaux: 'N',
    connexionSecrete: '*',
    modifConfCode: '*',
    destDmp: '*',
    destMssPs: 'Y',
    destMssPat: 'Y',
    audience: ['professional', 'patient'],
  },
  {
    case: 'b',
    masquePs: 'N',
    invisiblePatient: 'Y',
    invisibleRepLegaux: 'N',
    connexionSecrete: '*',
    modifConfCode: '*',
    destDmp: '*',
    destMssPs: 'Y',
    destMssPat: 'N',
    audience: ['professional'],
  },
  {
    case: 'c',
    masquePs: '*',
    invisiblePatient: 'N',
    invisibleRepLegaux: '*',
    connexionSecrete: 'N',
    modifConfCode: '*',
    destDmp: 'N',
    destMssPs: 'N',
    destMssPat: 'Y',
    audience: ['patient'],
  },
];

export const routingSchema = z
  .strictObject({
    /** `strict`: mail flags outside the matrix are an error. `tolerant`: the flags are taken as they are. */
    mode: z.enum(['strict', 'tolerant'], { error: 'strict ou tolerant attendu' }).default('tolerant'),
    matrix: z.array(matrixRowSchema).min(1).prefault(guideMatrix),
  })
  .prefault({});

const coded = z.strictObject({ code: label, system: oid, label });

/** Changes to, or additions to, the document types known by default. */
export const documentTypeOverrideSchema = z.strictObject({
  code: label,
  system: label.optional(),
  label: label.optional(),
  classCode: coded.optional(),
  acceptedByDmp: z.boolean().optional(),
  formatN3: z.union([z.strictObject({ code: label, system: label, label }), z.null()]).optional(),
  /** Channels used when the message says nothing; the flags of a message may only take away. */
  channels: z
    .array(z.enum(['dmp', 'mss-pro', 'mss-patient'], { error: 'dmp, mss-pro ou mss-patient attendu' }))
    .optional(),
  /** Who may ever receive this type. */
  audience: z.array(z.enum(['professional', 'patient'], { error: 'professional ou patient attendu' })).optional(),
});
