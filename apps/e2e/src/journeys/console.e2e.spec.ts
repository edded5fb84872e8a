import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mdm, newPatient } from '@pfi/tools';
import type { DocumentView, SentDocument, SyntheticPatient } from '@pfi/tools';
import PDFDocument from 'pdfkit';
import type { Page } from 'playwright-core';
import { ConsoleVisitors, seriousViolations, signIn } from '../setup/console-visitor.js';
import { Platform } from '../setup/platform.js';

const platform = new Platform();
const visitors = new ConsoleVisitors(platform.address.ports.consoleHttp);
const gam = platform.sender('gam');

let patient: SyntheticPatient;
let delivered: SentDocument;
let document: DocumentView;

beforeAll(async () => {
  await visitors.open();
  patient = newPatient(gam.authority);
  await platform.tellIdentity('gam', 'A28', patient, 'qualifiee');
  await platform.tellIdentity('gam', 'A01', patient, 'qualifiee', { unit: '1010' });
  delivered = await platform.send(mdm(platform.sender('dpi-a'), patient, { unit: '1010', pdf: await onePage() }));
  ({ document } = await platform.awaitDmp(delivered, 'delivered'));
}, 90_000);
afterAll(async () => {
  await visitors.close();
  await platform.close();
});

const state = (page: Page) => page.getByRole('status', { name: 'État du document' });
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true });

describe('a person at the console', () => {
  it('comes in by the hospital’s own sign-in, sees the flows, and goes out again', async () => {
    const page = await visitors.signedIn('demo-operateur');
    await heading(page, 'Accueil').waitFor();
    await page.getByRole('group', { name: 'Documents en ce moment' }).waitFor();
    await page.getByRole('button', { name: 'Se déconnecter' }).click();
    await page.getByRole('link', { name: /Pro Santé Connect/ }).waitFor();
    expect((await page.request.get('/api/documents/v1/documents')).status()).toBe(401);
  });

  it('comes in by Pro Santé Connect, with the same rights, on the page that was asked for', async () => {
    const page = await visitors.stranger('/documents');
    await signIn(page, 'demo-lecteur', /Pro Santé Connect/);
    await heading(page, 'Documents').waitFor();
    await page.getByText('Camille Rivière').waitFor();
    expect(await page.getByRole('link', { name: 'Administration' }).count()).toBe(0);
  });

  it('without any right sees no page but what says so', async () => {
    const page = await visitors.signedIn('inconnu-du-fichier');
    await heading(page, 'Accès non autorisé').waitFor();
    expect((await page.request.get('/api/documents/v1/documents')).status()).toBe(403);
  });

  it('follows a document from the list to its timeline and reads it', async () => {
    const page = await visitors.signedIn('demo-operateur', '/documents');
    await page.getByLabel('Message (MSH-10)').fill(delivered.controlId);
    await page.getByRole('button', { name: 'Chercher' }).click();
    const list = page.getByRole('table', { name: 'Documents' });
    await list.getByRole('link').first().click();
    await page
      .getByText(/Remis|en cours/i)
      .first()
      .waitFor();
    expect(new URL(page.url()).pathname).toBe(`/documents/${document.id}`);
    const dmp = page.getByRole('table', { name: 'Envois de ce document' }).getByRole('row', { name: /^DMP/ });
    await dmp.getByText('Remis').waitFor();
    await page.getByRole('listitem').filter({ hasText: 'Reçu de dpi-a' }).waitFor();
    await page.getByRole('button', { name: 'Afficher le document' }).click();
    const first = page.getByRole('img', { name: 'Page 1' });
    await first.waitFor();
    const drawn = await first.evaluate((canvas) => (canvas as unknown as { width: number }).width);
    expect(drawn).toBeGreaterThan(400);
  });

  it('sees a document leave by itself when the identity is qualified', async () => {
    const waiting = newPatient(gam.authority);
    await platform.tellIdentity('gam', 'A28', waiting, 'provisoire');
    const sent = await platform.send(mdm(platform.sender('dpi-a'), waiting, { unit: '1010' }));
    const held = await platform.awaitDmp(sent, 'held', { reason: 'INS_NOT_QUALIFIED' });
    const page = await visitors.signedIn('demo-operateur', `/documents/${held.document.id}`);
    await state(page).getByText('En attente').waitFor();
    await page.getByText('INS non qualifiée').first().waitFor();
    let reloads = 0;
    page.on('load', () => (reloads += 1));
    await platform.tellIdentity('gam', 'A31', waiting, 'qualifiee');
    const dmp = page.getByRole('table', { name: 'Envois de ce document' }).getByRole('row', { name: /^DMP/ });
    await dmp.getByText('Remis').waitFor();
    expect(await state(page).getByText('En attente').count()).toBe(0);
    expect(reloads).toBe(0);
  });

  it('opens a rate down to the reason of one stay, and to its document', async () => {
    const unserved = newPatient(gam.authority);
    const times = { unit: '1010', admittedAt: new Date(Date.now() - 3_600_000) };
    await platform.tellIdentity('gam', 'A01', unserved, 'validee', times);
    const sent = await platform.send(mdm(platform.sender('dpi-a'), unserved, { unit: '1010' }));
    const held = await platform.awaitDmp(sent, 'held', { reason: 'INS_NOT_QUALIFIED' });
    await platform.tellIdentity('gam', 'A03', unserved, 'validee', times);
    const page = await visitors.signedIn('demo-operateur', '/indicateurs');
    await page.getByLabel('Périmètre', { exact: true }).selectOption('990000119');
    await page.getByRole('link', { name: /^DS1\.1/ }).click();
    await page.getByLabel('Séjours montrés').selectOption('denominator');
    const stay = page.getByRole('row').filter({ hasText: unserved.visit });
    await stay.getByText(/INS du patient n’est pas qualifiée|document est retenu/).waitFor({ timeout: 30_000 });
    await stay.getByRole('link').click();
    await state(page).getByText('En attente').waitFor();
    expect(new URL(page.url()).pathname).toBe(`/documents/${held.document.id}`);
  });

  it('replays a delivery that was put aside, and it arrives', async () => {
    const unlucky = newPatient(gam.authority);
    await platform.tellIdentity('gam', 'A28', unlucky, 'qualifiee');
    await platform.simulator.fault({
      target: 'dmp',
      kind: 'refuse',
      code: 'XDSRepositoryError',
      match: { matricule: unlucky.ins.matricule },
      times: 5,
    });
    const sent = await platform.send(mdm(platform.sender('dpi-a'), unlucky, { unit: '1010' }));
    const parked = await platform.awaitDmp(sent, 'parked', { timeoutMs: 40_000 });
    const page = await visitors.signedIn('demo-operateur', `/documents/${parked.document.id}`);
    await page.getByRole('button', { name: 'Rejouer' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rejouer' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    const dmp = page.getByRole('table', { name: 'Envois de ce document' }).getByRole('row', { name: /^DMP/ });
    await dmp.getByText('Remis').waitFor();
    await platform.awaitDmp(sent, 'delivered');
  });

  it('of one establishment does not see the other, nor what the role does not open', async () => {
    const other = newPatient(gam.authority);
    await platform.tellIdentity('gam', 'A28', other, 'provisoire');
    const elsewhere = await platform.documentOf(
      await platform.send(mdm(platform.sender('dpi-a'), other, { unit: '1020' })),
    );
    expect(elsewhere.establishment).toBe('990000127');
    const page = await visitors.signedIn('demo-lecteur', `/documents?controlId=${elsewhere.controlId}`);
    await page.getByText('Aucun document.').waitFor();
    await page.goto(`/documents?controlId=${delivered.controlId}`);
    await page.getByRole('table', { name: 'Documents' }).waitFor();
    await page.goto(`/documents/${elsewhere.id}`);
    await heading(page, 'Page introuvable').waitFor();
    await page.goto('/administration');
    await heading(page, 'Accès non autorisé').waitFor();
    expect(await page.getByRole('link', { name: 'Administration' }).count()).toBe(0);
    await page.goto(`/documents/${document.id}`);
    await state(page).waitFor();
    expect(await page.getByRole('button', { name: /Rejouer|Abandonner|Retirer/ }).count()).toBe(0);
  });

  it('finds a patient without any trait in the address', async () => {
    const page = await visitors.signedIn('demo-identitovigilance', '/patients');
    await page.getByLabel('Chercher par').selectOption('ipp');
    await page.getByLabel('Autorité (nom ou OID)').fill(patient.authority.name);
    await page.getByRole('textbox', { name: 'IPP' }).fill(patient.ipp);
    await page.getByRole('button', { name: 'Chercher' }).click();
    await page.getByRole('table', { name: 'Patients trouvés' }).getByRole('link').click();
    await page.getByRole('status', { name: 'Statut de l’identité' }).getByText('Qualifiée').waitFor();
    await page.getByRole('table', { name: 'Documents de ce patient' }).waitFor();
    expect(page.url()).not.toContain(patient.ipp);
    expect(await page.title()).toBe('Patient – Plateforme d’intermédiation');
  });
});

describe('each page', () => {
  it('has no serious accessibility finding, nothing wider than the window, and no error of its own', async () => {
    const page = await visitors.stranger();
    await page.getByRole('link', { name: /établissement/i }).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    const signed = await visitors.signedIn('demo-admin');
    const errors: string[] = [];
    signed.on('console', (said) => void (said.type() === 'error' && errors.push(said.text())));
    signed.on('pageerror', (error) => void errors.push(error.message));
    const paths = [
      ['/', 'Accueil'],
      ['/documents', 'Documents'],
      ['/en-attente?etat=held', 'En attente, mis de côté'],
      ['/en-attente?etat=parked', 'En attente, mis de côté'],
      ['/rejets', 'Rejets'],
      ['/rejets?porte=identity', 'Rejets'],
      ['/indicateurs', 'Indicateurs'],
      ['/patients', 'Patients'],
      ['/taches', 'Tâches d’identité'],
      ['/administration', 'Administration'],
      ['/nulle-part', 'Page introuvable'],
    ] as const;
    for (const [path, title] of paths) await check(signed, path, title);
    await check(signed, `/documents/${document.id}`);
    await check(signed, `/patients/${document.patientId}`);
    expect(errors).toEqual([]);
  }, 180_000);
});

describe('each link', () => {
  it.each(['demo-operateur', 'demo-admin'])(
    'that %s is shown leads to a page',
    async (subject) => {
      const page = await visitors.signedIn(subject);
      const waiting = ['/', `/documents/${document.id}`];
      const visited = new Set<string>();
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        if (visited.has(kindOf(next))) continue;
        visited.add(kindOf(next));
        await page.goto(next);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.locator('.pulse').first().waitFor({ state: 'detached' });
        const title = await page.getByRole('heading', { level: 1 }).innerText();
        expect({ next, title }).not.toMatchObject({ title: expect.stringMatching(/introuvable|non autorisé/) });
        const links = await page
          .locator('a[href]')
          .evaluateAll((found) => found.map((link) => (link as unknown as { href: string }).href));
        for (const link of links.map((href) => new URL(href))) {
          expect(link.origin).toBe(new URL(page.url()).origin);
          waiting.push(`${link.pathname}${link.search}`);
        }
      }
      expect(visited.size).toBeGreaterThan(8);
    },
    180_000,
  );
});

/** One document is as good as another. */
const kindOf = (path: string): string => path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id');

/** Loads a page, waits until nothing on it is loading, and demands what every page owes. */
async function check(page: Page, path: string, title?: string): Promise<void> {
  await page.goto(path);
  await (title ? heading(page, title) : page.getByRole('heading', { level: 1 })).waitFor();
  await page.locator('.pulse').first().waitFor({ state: 'detached' });
  expect({ path, found: await seriousViolations(page) }).toEqual({ path, found: [] });
  expect({ path, alerts: await page.getByRole('alert').allInnerTexts() }).toEqual({ path, alerts: [] });
  const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  expect({ path, overflow }).toEqual({ path, overflow: 0 });
}

function onePage(): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pdf = new PDFDocument({ size: 'A4' });
    const parts: Buffer[] = [];
    pdf.on('data', (part: Buffer) => parts.push(part));
    pdf.once('error', reject);
    pdf.once('end', () => resolve(Buffer.concat(parts)));
    pdf.text('Lettre de liaison');
    pdf.end();
  });
}
