/** A page of the daemon in a real browser, watched for what no page may do: log an error, scroll sideways, fail axe. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Where pictures go: METERD_SCREENSHOTS, or a folder of the tests that git ignores. */
const pictures = process.env.METERD_SCREENSHOTS ?? fileURLToPath(new URL('../artefacts/', import.meta.url));

export interface View {
  readonly theme: 'light' | 'dark';
  readonly width: number;
  /** Used by a finger. */
  readonly touch?: boolean;
}

export class OpenedPage {
  readonly page: Page;
  readonly view: View;
  readonly #context: BrowserContext;
  readonly #errors: string[] = [];

  private constructor(context: BrowserContext, page: Page, view: View) {
    this.#context = context;
    this.page = page;
    this.view = view;
    page.on('pageerror', (error) => this.#errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.#errors.push(message.text());
    });
  }

  static async open(browser: Browser, url: string, view: View): Promise<OpenedPage> {
    const context = await browser.newContext({
      viewport: { width: view.width, height: 900 },
      colorScheme: view.theme,
      ...(view.touch ? { hasTouch: true, isMobile: true } : {}),
    });
    const opened = new OpenedPage(context, await context.newPage(), view);
    await opened.page.goto(url);
    return opened;
  }

  async signIn(login: string, password: string): Promise<void> {
    await this.page.fill('input[name=login]', login);
    await this.page.fill('input[name=password]', password);
    await this.page.click('button[type=submit]');
    await this.page.locator('.site-head').waitFor();
  }

  /** Axe finds nothing, nothing needs scrolling sideways, and the picture is kept. */
  async isSound(name: string): Promise<void> {
    expect(await this.overflow(), `${name} scrolls sideways`).toBeLessThanOrEqual(0);
    await this.page.evaluate(axe);
    const violations = await this.page.evaluate(async () => {
      const { run } = Reflect.get(window, 'axe') as {
        run: (options: object) => Promise<{ violations: AxeViolation[] }>;
      };
      // What passes is checked, but not described.
      const found = (await run({ resultTypes: ['violations'], selectors: false })).violations;
      return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    });
    expect(violations, name).toEqual([]);
    mkdirSync(pictures, { recursive: true });
    const path = `${pictures}/${name}-${this.view.theme}-${this.view.width}.png`;
    await this.page.screenshot({ path, fullPage: true });
  }

  /** By how many pixels the page is wider than its window. */
  overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  }

  /** Text of twice the usual size, as a reader sets it in the browser. */
  async largeText(): Promise<void> {
    const session = await this.#context.newCDPSession(this.page);
    await session.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
  }

  /** From the next page load on, notes whatever is moved by something else than the reader, and each total that was painted. */
  async watchShifts(): Promise<void> {
    await this.page.addInitScript(() => {
      const totals = new Set<string>();
      Object.assign(window, { shifts: [], totals });
      const look = () => {
        const total = document.querySelector('.total')?.textContent;
        if (total) totals.add(total);
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
      const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          const sources = Reflect.get(entry, 'sources') as { node: Node | null }[];
          const elementOf = ({ node }: { node: Node | null }) => (node instanceof Element ? node : node?.parentElement);
          const moved = sources.map((source) => `${elementOf(source)?.className}: ${source.node?.textContent}`);
          Reflect.get(window, 'shifts').push({ value: Reflect.get(entry, 'value'), moved });
        }
      });
      observer.observe({ type: 'layout-shift', buffered: true });
    });
  }

  shifts(): Promise<unknown> {
    return this.page.evaluate(() => Reflect.get(window, 'shifts') as unknown);
  }

  totalsPainted(): Promise<number> {
    return this.page.evaluate(() => (Reflect.get(window, 'totals') as Set<string>).size);
  }

  /** Controls smaller than so many CSS px, which a thumb would miss (WCAG 2.5.8: 24); links within text may be. */
  smallTargets(pxMin = 24): Promise<string[]> {
    return this.page.evaluate(
      (pxMin) =>
        [...document.querySelectorAll<HTMLElement>('button, select, input:not([type=hidden]), summary')]
          .filter((element) => element.getClientRects().length > 0)
          .filter((element) => {
            const { width, height } = element.getBoundingClientRect();
            return width < pxMin || height < pxMin;
          })
          .map((element) => element.outerHTML),
      pxMin,
    );
  }

  /** Ends it; whatever was logged as an error fails the test, but for the browser's own words about lost connections. */
  async close({ afterLosses = false } = {}): Promise<void> {
    await this.#context.close();
    const lost = /ERR_CONNECTION|ERR_NETWORK|ERR_SOCKET_NOT_CONNECTED|ERR_EMPTY_RESPONSE|WebSocket/;
    expect(this.#errors.filter((error) => !(afterLosses && lost.test(error)))).toEqual([]);
  }
}

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}
