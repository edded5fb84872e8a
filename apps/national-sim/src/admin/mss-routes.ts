import express, { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { StoredMail } from '../mss/mail-store.js';
import type { MssOperator } from '../mss/operator.js';

const mailboxSchema = z.strictObject({
  state: z.enum(['open', 'closed', 'unknown']).default('open'),
  notice: z.enum(['delivered', 'relayed']).default('delivered'),
});

/** What the MSSanté operator took, its mailboxes, and what it puts in them. */
export function mssRoutes(operator: MssOperator): Router {
  const { mails, mailboxes, contents, examiner } = operator;
  const router = Router();

  router.get('/mails', async (request, response) => {
    const filter = { recipient: text(request, 'recipient'), messageId: text(request, 'messageId') };
    const items: object[] = [];
    // One after the other: a list holds every mail, and each is decoded whole.
    for (const mail of mails.find(filter)) items.push({ ...view(mail), ...(await examiner.of(mail)) });
    response.json({ items, next: null });
  });

  router.get('/mails/:id/raw', async (request, response) => {
    const mail = mails.get(request.params.id);
    if (mail) response.type('message/rfc822').send(await mails.raw(mail));
    else unknownMail(response);
  });

  router.post('/mails/:id/read', async (request, response) => {
    const mail = mails.get(request.params.id);
    if (mail) response.json({ notice: await operator.open(mail) });
    else unknownMail(response);
  });

  router.put('/mailboxes/:address', async (request, response) => {
    const parsed = mailboxSchema.safeParse(request.body);
    if (!parsed.success) {
      response.status(400).json({ code: 'MAILBOX_INVALID', title: 'Boîte incorrecte.', issues: parsed.error.issues });
      return;
    }
    await mailboxes.set({ address: request.params.address, ...parsed.data });
    response.status(204).end();
  });

  router.get('/mailboxes/:address/messages', (request, response) => {
    const items = contents
      .of(request.params.address)
      .map(({ id, at, raw }) => ({ id, at, size: raw.length, raw: raw.toString('latin1') }));
    response.json({ items, next: null });
  });

  router.post(
    '/mailboxes/:address/messages',
    express.raw({ type: () => true, limit: '30mb' }),
    async (request, response) => {
      const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const { id } = await contents.put(request.params['address'] ?? '', raw);
      response.status(201).json({ id });
    },
  );
  return router;
}

function view(mail: StoredMail): object {
  const { place: _place, ...shown } = mail;
  return shown;
}

function unknownMail(response: Response): void {
  response.status(404).json({ code: 'NOT_FOUND', title: 'Courriel inconnu du simulateur.' });
}

function text(request: Request, name: string): string | undefined {
  const value = request.query[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
