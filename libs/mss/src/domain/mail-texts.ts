import { normaliseName, parisDay } from '@pfi/health';
import type { MailOrder, MailRules } from './mail-order.js';

/** Longest label in subjects and file names (ECO.2.1.3, ECO.2.1.6). */
const LABEL = 40;
/** Longest name that is written: nobody is called more, and a header has an end. */
const NAME = 100;

/** `XDM/1.0/DDM+<label> <NOM> <prenom> <JJ/MM/AAAA>` (ECO.2.1.3); a mail that replaces says so before. */
export function subjectOf(order: MailOrder): string {
  const { family, given } = personOf(order);
  const { birthDate } = order.patient.traits;
  const label = labelOf(order.operation === 'withdraw' ? `Annulation ${typeOf(order)}` : typeOf(order));
  const subject = ['XDM/1.0/DDM+' + label, family, given, ...(birthDate ? [dayFr(birthDate)] : [])].join(' ');
  return order.operation === 'replace' ? `Annule et remplace ${subject}` : subject;
}

/** `<AAAAMMJJ>_<type>_<NOM>_<prenom>.pdf` (ECO.2.1.6), in characters that every mail program keeps. */
export function pdfNameOf(order: MailOrder): string {
  const { family, given } = personOf(order);
  const type = labelOf(plain(typeOf(order))).replace(/[ '-]+/g, '_');
  const day = localDay(order.document.creationTime).replaceAll('-', '');
  return `${day}_${type}_${family.replace(/['’ ]+/g, '-')}_${plain(given).replace(/['_ ]+/g, '-')}.pdf`;
}

/** Text of the source, else of the group, else ours. `establishment` is a name. */
export function bodyOf(order: MailOrder, rules: Pick<MailRules, 'bodies'>, establishment: string): string {
  const given = order.mail.body?.trim() ? order.mail.body : undefined;
  if (order.operation !== 'withdraw' && given !== undefined) return given;
  const patient = order.channel === 'mss-patient';
  const ofGroup = patient ? rules.bodies.patient : rules.bodies.professional;
  const values: Record<string, string> = {
    type: typeOf(order),
    date: dayFr(localDay(order.document.creationTime)),
    establishment,
  };
  const template =
    order.operation === 'withdraw'
      ? ours[patient ? 'patient' : 'professional'].withdraw
      : (ofGroup ?? ours[patient ? 'patient' : 'professional'].send);
  const notice = order.operation === 'replace' ? 'Ce message annule et remplace un envoi précédent.\n\n' : '';
  return notice + template.replace(/\{(type|date|establishment)\}/g, (_all, name: string) => values[name] ?? '');
}

const ours = {
  professional: {
    send: 'Bonjour,\n\nVeuillez trouver ci-joint le document « {type} » du {date}, adressé par {establishment}.\n\nCe message est envoyé automatiquement depuis une messagerie sécurisée de santé.\n',
    withdraw:
      'Bonjour,\n\nLe document « {type} » du {date}, que {establishment} vous avait adressé, est annulé. Merci de ne plus en tenir compte et de le retirer de votre dossier.\n\nCe message est envoyé automatiquement depuis une messagerie sécurisée de santé.\n',
  },
  patient: {
    send: 'Bonjour,\n\n{establishment} met à votre disposition le document « {type} » du {date}. Vous le trouverez en pièce jointe.\n\nCe message est envoyé automatiquement depuis une messagerie sécurisée de santé.\n',
    withdraw:
      'Bonjour,\n\nLe document « {type} » du {date}, que {establishment} vous avait adressé, est annulé. Merci de ne plus en tenir compte.\n\nCe message est envoyé automatiquement depuis une messagerie sécurisée de santé.\n',
  },
} as const;

const typeOf = ({ document }: MailOrder): string =>
  oneLine(document.type.label) || oneLine(document.title) || 'Document';

function personOf({ patient: { traits } }: MailOrder): { family: string; given: string } {
  const first = traits.birthFirstGivenName ?? traits.birthGivenNames.trim().split(/\s+/)[0] ?? '';
  return {
    family: normaliseName(traits.birthName).slice(0, NAME) || 'INCONNU',
    given: oneLine(first).slice(0, NAME).trimEnd() || 'INCONNU',
  };
}

const labelOf = (text: string): string => {
  const cut = text
    .slice(0, LABEL)
    .toWellFormed()
    .replace(/\ufffd$/, '');
  if (text.length <= LABEL) return cut;
  // At the end of a word where one is near.
  const space = cut.lastIndexOf(' ');
  return (space > LABEL / 2 ? cut.slice(0, space) : cut).trimEnd();
};

/** Texts of a source may hold anything; a header or a file name holds one line. */
const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029\ufffd\s]+/gu, ' ')
    .trim();

const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/œ/g, 'oe')
    .replace(/Œ/g, 'OE')
    .replace(/[’‘]/g, "'")
    .replace(/[^A-Za-z0-9' -]+/g, ' ')
    .replace(/ +/g, ' ')
    .trim() || 'X';

/** `1979-03-28` → `28/03/1979` */
const dayFr = (day: string): string => day.split('-').reverse().join('/');

/** Day in France of a time in UTC, `YYYY-MM-DD`; a shorter time is a day already. */
function localDay(dtm: string): string {
  const [, year = '1970', month = '01', day = '01', hour, minute = '00'] =
    /^(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?/.exec(dtm) ?? [];
  if (hour === undefined) return `${year}-${month}-${day}`;
  const instant = new Date(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
  return Number.isNaN(instant.getTime()) ? `${year}-${month}-${day}` : parisDay(instant);
}
