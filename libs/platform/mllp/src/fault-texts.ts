import type { MllpFaultCode } from './mllp.types.js';

export const faultTexts: Readonly<Record<MllpFaultCode, string>> = {
  MLLP_PROTOCOL:
    'Les octets reçus ne forment pas une trame MLLP (0x0B … 0x1C 0x0D). Vérifiez que l’émetteur parle MLLP sur ce port, avec ou sans TLS comme convenu.',
  MLLP_FRAME_TOO_LARGE: 'La trame MLLP dépasse la taille acceptée. Réduisez le document ou faites relever la limite.',
  MLLP_FRAME_TIMEOUT:
    'La trame MLLP n’a pas été terminée dans le délai. Vérifiez le réseau et l’émetteur, puis réémettez.',
  MLLP_TOO_MANY_CONNECTIONS:
    'Trop de connexions ouvertes par cet émetteur. Réutilisez les connexions au lieu d’en ouvrir une par message.',
  MLLP_TLS_REFUSED:
    'La connexion TLS a échoué. Vérifiez le certificat client de l’émetteur, son autorité et sa date de validité.',
};
