import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildAck, parseMessage, readZam, type Zam } from '@pfi/hl7v2';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import type { RunningJob } from '@pfi/platform-postgres';
import type { MailOutcome } from '@pfi/documents-core';
import type { ZamJob } from '../src/feedback/feedback.js';
import {
  controlId,
  documentsDatabase,
  freshPerson,
  mdm,
  openDocuments,
  qualified,
  theDocument,
  type Documents,
} from './test-documents.js';
import { mailGroup, NORD } from './test-group.js';

const received: Zam[] = [];
let sender: Server;
let server: TestDatabase;
let documents: Documents;

/** A hospital application that takes every acknowledgement. */
async function listening(): Promise<{ sender: Server; port: number }> {
  const listener = createServer((socket) => {
    let buffered = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      buffered = Buffer.concat([buffered, chunk]);
      const end = buffered.indexOf('\x1c\r');
      if (end < 0) return;
      const message = parseMessage(buffered.subarray(1, end), { separators: 'lenient' });
      buffered = buffered.subarray(end + 2);
      received.push(readZam(message));
      const ack = buildAck({ request: message.header, controlId: 'A1', at: new Date(), code: 'AA' });
      socket.write(Buffer.concat([Buffer.from('\x0b'), ack, Buffer.from('\x1c\r')]));
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return { sender: listener, port: (listener.address() as { port: number }).port };
}

beforeAll(async () => {
  server = await documentsDatabase();
  const heard = await listening();
  sender = heard.sender;
  documents = await openDocuments(
    server,
    mailGroup((file) => file.replaceAll('port: 1 }', `port: ${heard.port} }`)),
  );
}, 60_000);
afterAll(async () => {
  await documents.parts.zam.close();
  sender.close();
  await server.drop();
});

/** Runs the queued acknowledgements of a document as their runner would. */
async function tellSender(documentId: string): Promise<string[]> {
  const rows = await server.admin<{ id: string; payload: ZamJob; created_at: Date }>(
    `SELECT id, payload, created_at FROM documents.job WHERE queue = 'zam' AND payload->>'documentId' = $1 ORDER BY position`,
    [documentId],
  );
  const kinds: string[] = [];
  for (const { id, payload, created_at: createdAt } of rows) {
    const job = { id, owner: NORD.owner, payload, createdAt, attempts: 1, settle: () => Promise.resolve() };
    const { kind } = await documents.parts.zam.handle(job as unknown as RunningJob<ZamJob>);
    kinds.push(kind);
  }
  return kinds;
}

describe('the acknowledgement of a mail', () => {
  it('names its recipient, and why it did not arrive', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const id = controlId();
    const doctor = {
      id: '810000000001',
      family: 'MÉDECIN',
      given: 'Anne',
      idType: 'IDNPS',
      idAuthority: '1.2.250.1.71.4.2.1',
    };
    await documents.send(
      mdm(person, {
        header: { controlId: id },
        flags: { destDmp: false, destMssPs: true, destMssPat: true, ackReception: true, ackLecture: true },
        recipients: [{ kind: 'professional', person: doctor, address: 'a.medecin@cabinet.mssante.fr' }],
      }),
    );
    const view = await theDocument(documents, id);
    const addressOfPatient = `${person.ins.matricule}@patient.mssante.fr`;
    const tell = (channel: string, kind: MailOutcome, address: string, code: string | null = null) =>
      documents.outcome({
        kind,
        deliveryId: view.deliveries.find((delivery) => delivery.channel === channel)?.id ?? '',
        documentId: view.id,
        attempts: 1,
        outcomeCode: code,
        outcomeText: code && 'boîte fermée',
        at: new Date().toISOString(),
        receipt: { messageId: '<x@nord.mssante.fr>', address },
      });
    await tell('mss-pro', 'delivered', 'a.medecin@cabinet.mssante.fr');
    await tell('mss-pro', 'read', 'a.medecin@cabinet.mssante.fr');
    await tell('mss-patient', 'bounced', addressOfPatient, '550');

    const queued = await server.admin<{ payload: ZamJob }>(
      `SELECT payload FROM documents.job WHERE queue = 'zam' AND payload->>'documentId' = $1`,
      [view.id],
    );
    expect(JSON.stringify(queued)).not.toContain(person.ins.matricule);
    expect(await tellSender(view.id)).toEqual(['done', 'done', 'done']);
    const toDoctor = { id: '810000000001', address: 'a.medecin@cabinet.mssante.fr' };
    expect(received).toMatchObject([
      { kind: 'Z02', originalControlId: id, positive: true, recipient: toDoctor },
      { kind: 'Z03', originalControlId: id, positive: true, recipient: toDoctor },
      {
        kind: 'Z02',
        originalControlId: id,
        positive: false,
        error: { code: '550', label: 'boîte fermée', system: 'SMTPERRORCODE' },
        recipient: { id: person.ins.matricule, address: addressOfPatient },
      },
    ]);
    const told = (await theDocument(documents, id)).timeline.filter(({ event }) => event === 'feedback-sent');
    expect(told).toHaveLength(3);
  });
});
