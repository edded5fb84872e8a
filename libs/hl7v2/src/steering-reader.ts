import { isUtf8 } from 'node:buffer';
import { decodeBase64, decodedLength } from './base64.js';
import { readEncapsulatedData } from './encapsulated-data.js';
import type { Hl7Message } from './hl7-message.js';
import { LIMITS } from './limits.js';
import type { DocumentFlags, Hl7Warning } from './model.js';
import type { Segment } from './segment.js';

type YesNoFlag = Exclude<keyof DocumentFlags, 'finMes'>;

/** OBX-3.1 of each steering metadata; the first name of a flag is the one that we write. */
export const steeringCodes: Readonly<Record<string, YesNoFlag>> = {
  MASQUE_PS: 'masquePs',
  INVISIBLE_PATIENT: 'invisiblePatient',
  INVISIBLE_REP_LEGAUX: 'invisibleRepLegaux',
  CONNEXION_SECRETE: 'connexionSecrete',
  MODIF_CONF_CODE: 'modifConfCode',
  DESTDMP: 'destDmp',
  DESTMSSANTEPS: 'destMssPs',
  DESTMSSANTEPAT: 'destMssPat',
  ACK_RECEPTION: 'ackReception',
  ACK_LECTURE_MSS: 'ackLecture',
  ACK_LECTURE: 'ackLecture',
};

const bodyCodes: Readonly<Record<string, 'ps' | 'patient'>> = { CORPSMAIL_PS: 'ps', CORPSMAIL_PATIENT: 'patient' };

export interface Steering {
  flags: DocumentFlags;
  bodies: { ps?: string; patient?: string };
}

export function isSteering(obx: Segment): boolean {
  const code = obx.value(3);
  return Object.hasOwn(steeringCodes, code) || Object.hasOwn(bodyCodes, code);
}

/** Steering OBX and the NTE under DESTMSSANTEPAT, whatever their order. A value that cannot be read is a warning, and absent. */
export function readSteering(message: Hl7Message, warnings: Hl7Warning[]): Steering {
  const steering: Steering = { flags: {}, bodies: {} };
  let code = '';
  for (const segment of message.all) {
    if (segment.name === 'OBX') {
      code = segment.value(3);
      const flag = Object.hasOwn(steeringCodes, code) ? steeringCodes[code] : undefined;
      const body = Object.hasOwn(bodyCodes, code) ? bodyCodes[code] : undefined;
      if (flag !== undefined) readFlag(segment, code, flag, steering, warnings);
      else if (body !== undefined) readBody(segment, code, body, message, steering, warnings);
    } else if (segment.name === 'NTE' && code === 'DESTMSSANTEPAT' && segment.value(4).toUpperCase() === 'FIN') {
      steering.flags.finMes = true;
    }
  }
  return steering;
}

function readFlag(obx: Segment, code: string, flag: YesNoFlag, steering: Steering, warnings: Hl7Warning[]): void {
  const written = obx.value(5);
  if (written === 'Y' || written === 'N') steering.flags[flag] = written === 'Y';
  else if (written !== '') {
    warnings.push({ code: 'FLAG_INVALID', textFr: `OBX ${code} : valeur autre que Y ou N, lue comme non renseignée.` });
  }
}

function readBody(
  obx: Segment,
  code: string,
  body: 'ps' | 'patient',
  message: Hl7Message,
  steering: Steering,
  warnings: Hl7Warning[],
): void {
  const { data } = readEncapsulatedData(obx, message);
  if (data.length === 0) return;
  const decoded = decodedLength(data) > LIMITS.fieldBytes ? undefined : decodeBase64(data);
  if (decoded !== undefined && isUtf8(decoded) && !decoded.includes(0)) {
    steering.bodies[body] = decoded.toString('utf8');
    return;
  }
  warnings.push({
    code: 'BODY_TEXT_INVALID',
    textFr: `OBX ${code} : le corps du courriel n’est pas du texte UTF-8 en Base64, ou est trop long ; le texte par défaut sera utilisé.`,
  });
}
