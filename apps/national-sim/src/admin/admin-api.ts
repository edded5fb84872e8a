import express, { type Express, type Request, type Response } from 'express';
import type { DepositStore, StoredEntry } from '../dmp/deposit-store.js';
import type { RequestLog } from '../dmp/request-log.js';
import type { FaultBoard } from '../faults/fault-board.js';
import { faultSchema } from '../faults/fault.schema.js';
import type { ZamMailbox } from '../zam/zam-mailbox.js';

/** What came to the simulators, and the faults that they play. Listens on the loopback interface only. */
export function createAdminApi(parts: {
  readonly store: DepositStore;
  readonly requests: RequestLog;
  readonly faults: FaultBoard;
  readonly mailbox: ZamMailbox;
}): Express {
  const { store, requests, faults, mailbox } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.use(express.json({ limit: '64kb' }));

  app.get(['/health/live', '/health/ready'], (_request, response) => {
    response.json({ status: 'ok' });
  });

  app.get('/dmp/entries', (request, response) => {
    const uniqueId = text(request, 'uniqueId');
    const patient = text(request, 'patient');
    const items = store
      .find(uniqueId === undefined ? {} : { uniqueId })
      .filter(
        (entry) => patient === undefined || entry.patientId.split('^')[0] === patient || entry.patientId === patient,
      )
      .map((entry) => view(entry, store));
    response.json({ items, next: null });
  });

  app.get('/dmp/entries/:uuid/content', async (request, response) => {
    const { uuid } = request.params;
    const entry = store.get(uuid) ?? store.get(`urn:uuid:${uuid}`);
    if (!entry) notFound(response, 'Document inconnu du simulateur.');
    else response.type('application/octet-stream').send(await store.content(entry));
  });

  app.get('/dmp/requests', (request, response) => {
    const since = Number(text(request, 'since') ?? 0);
    const uniqueId = text(request, 'uniqueId');
    const items = requests
      .since(Number.isFinite(since) ? since : 0)
      .filter((one) => uniqueId === undefined || one.uniqueIds.includes(uniqueId));
    response.json({ items, next: null, last: requests.last });
  });

  app.get('/zam', (request, response) => {
    const originalControlId = text(request, 'originalControlId');
    const application = text(request, 'application');
    const items = mailbox.find({
      ...(originalControlId === undefined ? {} : { originalControlId }),
      ...(application === undefined ? {} : { application }),
    });
    response.json({ items, next: null });
  });

  app.get('/faults', (_request, response) => {
    response.json({ items: faults.list(), next: null });
  });

  app.post('/faults', (request, response) => {
    const parsed = faultSchema.safeParse(request.body);
    if (parsed.success) response.status(201).json({ id: faults.set(parsed.data) });
    else
      problem(response, 400, 'FAULT_INVALID', 'Panne demandée incorrecte.', {
        issues: parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
      });
  });

  app.delete('/faults/:id', (request, response) => {
    if (faults.remove(request.params.id)) response.status(204).end();
    else notFound(response, 'Panne inconnue ou déjà finie.');
  });

  return app;
}

function view(entry: StoredEntry, store: DepositStore): object {
  const { place: _place, ...shown } = entry;
  return { ...shown, status: store.status(entry.entryUuid) };
}

function text(request: Request, name: string): string | undefined {
  const value = request.query[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function notFound(response: Response, title: string): void {
  problem(response, 404, 'NOT_FOUND', title);
}

function problem(response: Response, status: number, code: string, title: string, more: object = {}): void {
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ status, code, title, ...more }));
}
