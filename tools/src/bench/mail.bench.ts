import { Client } from 'pg';
import type { Bench, Figure } from './bench.js';
import { byMail, HandedDocuments, untilStill } from './handed-documents.js';
import { seedIfAsked } from './seeded/seed.js';
import { SentMails, type MailCounts } from './sent-mails.js';
import { SpanCosts } from './span-costs.js';

const CONNECTIONS = 32;

/** Documents that leave as MSSanté mail: XDM archive and PDF, to one professional each. */
export const mail: Bench = {
  name: 'mail',
  what: 'documents handed over by MDM until the simulated operator has taken their mail (STARTTLS, client certificate), and its delivery notice was read by IMAP',
  options: ['rows', 'documents', 'warm-up', 'under-way', 'bytes'],
  prepare: seedIfAsked,
  async run({ stack, options, signal }) {
    const bytes = options.number('bytes', 60_000);
    const documents = new HandedDocuments(stack, CONNECTIONS);
    const database = new Client({ connectionString: stack.adminUrl });
    await database.connect();
    const mails = new SentMails(database);
    await mails.begin();
    const reached = (what: keyof MailCounts, count: number) =>
      untilStill(
        `${mails.counts[what]} of ${count} mails ${what}`,
        () => mails.counts[what],
        () => mails.counts[what] >= count || signal.aborted,
      );
    const write = () => documents.write(() => ({ minBytes: bytes, ...byMail }));

    const [warmUp, count, underWay] = [
      // Until V8 has compiled what a mail needs.
      options.number('warm-up', 800),
      options.number('documents', 2_500),
      options.number('under-way', 256),
    ];
    const total = warmUp + count + underWay;
    try {
      await documents.admitPatients();
      // Made before the clock starts: what writing them costs is the application's.
      const written = Array.from({ length: total }, write);
      let handed = 0;
      const sending = Promise.all(
        Array.from({ length: CONNECTIONS }, async (_, connection) => {
          for (let one = written.pop(); one && !signal.aborted; one = written.pop()) {
            handed += 1;
            await reached('sent', handed - underWay);
            await documents.send(one, connection);
          }
        }),
      );
      await Promise.race([sending, reached('sent', warmUp)]);
      const [began, before] = [Date.now(), mails.counts];
      const costs = await SpanCosts.begin(stack);
      await Promise.race([sending, reached('sent', before.sent + count)]);
      const [seconds, after] = [(Date.now() - began) / 1000, mails.counts];
      const figures = await costs.figures(after.sent - before.sent, 'mail');
      await sending;
      await reached('delivered', total);
      const { rows } = await database.query<Record<'sent50' | 'sent95' | 'delivered50' | 'delivered95', number>>(
        `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY sent) AS sent50, percentile_cont(0.95) WITHIN GROUP (ORDER BY sent) AS sent95,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY back) AS delivered50, percentile_cont(0.95) WITHIN GROUP (ORDER BY back) AS delivered95
         FROM (SELECT extract(epoch FROM m.sent_at - d.received_at)::float8 * 1000 AS sent,
                 extract(epoch FROM m.settled_at - m.sent_at)::float8 * 1000 AS back
               FROM mss.message m JOIN documents.document d ON d.id = m.document_id WHERE m.sent_at IS NOT NULL) AS times`,
      );
      const times = rows[0];
      const ms = (name: string, value: number | undefined): Figure => ({
        name,
        value: value ?? Number.NaN,
        unit: 'ms',
      });
      return [
        { name: 'sent', value: (after.sent - before.sent) / seconds, unit: '/s', floor: { least: 100 } },
        { name: 'delivered meanwhile', value: (after.delivered - before.delivered) / seconds, unit: '/s' },
        ...figures,
        ms('handed over to sent, p50', times?.sent50),
        ms('handed over to sent, p95', times?.sent95),
        ms('sent to delivery notice read, p50', times?.delivered50),
        ms('sent to delivery notice read, p95', times?.delivered95),
      ];
    } finally {
      await mails.close();
      await database.end();
      await documents.close();
    }
  },
};
