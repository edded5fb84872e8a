import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import packaged from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The parts of axe-core's answer that a journey needs. */
interface AxeRun {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** People at the console, each in a browser profile of their own. `PFI_CHROMIUM` names a browser where the packaged one does not run. */
export class ConsoleVisitors {
  readonly #url: string;
  #browser: Browser | undefined;

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}`;
  }

  async open(): Promise<void> {
    this.#browser = await chromium.launch({
      executablePath: process.env.PFI_CHROMIUM ?? (await packaged.executablePath()),
      // Of the packaged arguments, some would relax the very policies that journeys look at.
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
      headless: true,
    });
  }

  async close(): Promise<void> {
    await this.#browser?.close();
  }

  /** A new profile on a page of the console, not signed in. */
  async stranger(path = '/'): Promise<Page> {
    if (!this.#browser) throw new Error('the browser is not open');
    const context = await this.#browser.newContext({
      locale: 'fr-FR',
      timezoneId: 'Europe/Paris',
      viewport: { width: 1280, height: 800 },
      baseURL: this.#url,
    });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    await page.goto(path);
    return page;
  }

  /** The same, signed in by the hospital's own provider as a person of the demo. */
  async signedIn(subject: string, path = '/'): Promise<Page> {
    const page = await this.stranger(path);
    await signIn(page, subject, /établissement/i);
    return page;
  }
}

/** Goes through one of the two sign-ins, and comes back to the page that was asked for. */
export async function signIn(page: Page, subject: string, way: RegExp): Promise<void> {
  await page.getByRole('link', { name: way }).click();
  await page.getByLabel(/identifiant/i).fill(subject);
  await page.getByRole('button', { name: /connecter|connexion|continuer/i }).click();
  await page.getByRole('navigation', { name: 'Menu principal' }).waitFor();
}

/** Serious and critical findings of axe-core on the page as it stands, as `rule: element`. */
export async function seriousViolations(page: Page): Promise<string[]> {
  // Evaluated by the debugger, not by the page: its policy on scripts stays as it is.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run: () => Promise<AxeRun> } }).axe.run(),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}
