// Photographs each page of a running console at both sizes:  node apps/console/web/screens/take.mjs [http://127.0.0.1:8080] [subject]
// Run it on the data of `npm run demo`. The names that it shows are those of synthetic patients.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packaged from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
import { smallPng } from './small-png.mjs';

const [url = 'http://127.0.0.1:8080', subject = 'demo-admin'] = process.argv.slice(2);
const folder = dirname(fileURLToPath(import.meta.url));
const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];
const browser = await chromium.launch({
  executablePath: process.env.PFI_CHROMIUM ?? (await packaged.executablePath()),
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--lang=fr-FR'],
});

for (const viewport of sizes) {
  const context = await browser.newContext({ baseURL: url, viewport, locale: 'fr-FR', timezoneId: 'Europe/Paris' });
  const page = await context.newPage();
  const settled = async () => {
    await page.locator('h1').first().waitFor();
    await page.locator('.pulse').first().waitFor({ state: 'detached' });
    await page.waitForLoadState('networkidle').catch(() => undefined);
  };
  const take = async (name) => {
    await settled();
    writeFileSync(join(folder, `${name}-${viewport.width}.png`), smallPng(await page.screenshot()));
    process.stdout.write(`${name}-${viewport.width}.png\n`);
  };

  await page.goto('/');
  const way = page.getByRole('link', { name: /établissement/i }).first();
  const menu = page.getByRole('navigation', { name: 'Menu principal' });
  await way.or(menu).first().waitFor();
  if ((await menu.count()) === 0) {
    await take('connexion');
    await way.click();
    await page.getByLabel(/identifiant/i).fill(subject);
    await page.getByRole('button', { name: /connecter|connexion|continuer/i }).click();
    await menu.waitFor();
  }
  await take('accueil');
  for (const [name, path] of [
    ['attente', '/en-attente'],
    ['de-cote', '/en-attente?etat=parked'],
    ['rejets', '/rejets'],
    ['indicateurs', '/indicateurs'],
    ['taches', '/taches'],
    ['administration', '/administration'],
  ]) {
    await page.goto(path);
    await take(name);
  }
  await page.goto('/documents');
  await take('documents');
  const first = page.getByRole('table', { name: 'Documents' }).getByRole('link').first();
  if ((await first.count()) > 0) {
    await first.click();
    await page.getByRole('button', { name: 'Afficher le document' }).click();
    await page
      .locator('.pdf canvas[height]')
      .first()
      .waitFor({ timeout: 8_000 })
      .catch(() => undefined);
    await take('document');
    const patient = page.getByRole('link', { name: 'Voir l’identité' });
    if ((await patient.count()) > 0) {
      await patient.first().click();
      await page.getByRole('status', { name: 'Statut de l’identité' }).waitFor();
      await take('patient');
    }
  }
  await context.close();
}
await browser.close();
