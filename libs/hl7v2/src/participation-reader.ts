import { isInsOid } from '@pfi/health';
import type { Hl7Message } from './hl7-message.js';
import type { Organisation, Person, Recipient, Sender } from './model.js';
import type { FieldValue, Segment } from './segment.js';

export interface Participations {
  sender?: Sender;
  recipients: Recipient[];
  replyTo?: string;
}

/** PRT segments. Only PRT-4.1 tells the role: the samples leave the label empty. */
export function readParticipations(message: Hl7Message): Participations {
  const participations: Participations = { recipients: [] };
  for (const prt of message.segments('PRT')) {
    const role = prt.value(4);
    if (role === 'SB') participations.sender ??= readSender(prt);
    else if (role === 'RCT') participations.recipients.push(readRecipient(prt));
    else if (role === 'REPLY') {
      const address = prt.value(15, 4);
      if (address !== '') participations.replyTo ??= address;
    }
  }
  return participations;
}

function readSender(prt: Segment): Sender {
  const sender: Sender = {};
  const person = readPerson(prt.first(5));
  if (person !== undefined) sender.person = person;
  const organisation = readOrganisation(prt.first(8));
  if (organisation !== undefined) sender.organisation = organisation;
  const device = prt.value(10);
  if (device !== '') sender.device = device;
  return sender;
}

function readRecipient(prt: Segment): Recipient {
  const person = readPerson(prt.first(5));
  const organisation = readOrganisation(prt.first(8));
  const application = prt.value(10);
  const address = prt.value(15, 4);
  const recipient: Recipient = { kind: recipientKind(person, organisation) };
  if (person !== undefined) recipient.person = person;
  if (organisation !== undefined) recipient.organisation = organisation;
  if (application !== '') recipient.application = application;
  if (address !== '') recipient.address = address;
  return recipient;
}

function recipientKind(person: Person | undefined, organisation: Organisation | undefined): Recipient['kind'] {
  if (person !== undefined) return person.idType === 'INS' || isInsOid(person.idAuthority) ? 'patient' : 'professional';
  return organisation === undefined ? 'application' : 'organisation';
}

/** XCN. One sample writes the authority's OID in the first part of XCN.9. */
function readPerson(xcn: FieldValue): Person | undefined {
  const id = xcn.component(1);
  const family = xcn.component(2);
  if (id === '' && family === '') return undefined;
  return {
    id,
    family,
    given: xcn.component(3),
    idType: xcn.component(13),
    idAuthority: xcn.sub(9, 2) || oidOnly(xcn.sub(9, 1)),
  };
}

function oidOnly(text: string): string {
  return /^[\d.]+$/.test(text) ? text : '';
}

/** XON */
function readOrganisation(xon: FieldValue): Organisation | undefined {
  const name = xon.component(1);
  const id = xon.component(10) || xon.component(3);
  return name === '' && id === '' ? undefined : { id, name, idType: xon.component(7) };
}
