/** What tests in a real browser begin with: a daemon, accounts on a metered plan, a NAS that raises their totals, Chromium. */
import { type Browser, chromium } from 'playwright-core';
import { type DemoNas, type DemoUser, startDemoNas } from '../../simulator/index.ts';
import { Api } from './api.ts';
import {
  freeUdpPort,
  makeFolder,
  type RunningProcess,
  radiusSecret,
  startProcess,
  type TestFolder,
} from './daemon-process.ts';
import { findPeer } from './peers.ts';

/** Full path of Chromium; null where tests that need it are skipped. */
export const chromiumPath = findPeer('chromium');

export const passwordOf = (account: string) => `password-of-${account}`;
export const loginOf = (account: string) => `${account}@example.net`;

export interface BrowserWorldOptions {
  /** Accounts whose sessions use data all the time. */
  readonly online?: readonly string[];
  readonly accounts: readonly string[];
  /** Users of no account. */
  readonly strangers?: readonly string[];
  /** Of the daemon, over the tests' defaults. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export class BrowserWorld {
  readonly browser: Browser;
  readonly admin: Api;
  readonly #folder: TestFolder;
  readonly #nas: DemoNas | null;
  daemon: RunningProcess;

  private constructor(browser: Browser, admin: Api, folder: TestFolder, nas: DemoNas | null, daemon: RunningProcess) {
    this.browser = browser;
    this.admin = admin;
    this.#folder = folder;
    this.#nas = nas;
    this.daemon = daemon;
  }

  static async start(options: BrowserWorldOptions): Promise<BrowserWorld> {
    const radiusPort = await freeUdpPort();
    const folder = makeFolder(radiusPort, options.config);
    const daemon = await startProcess(folder.configFile);
    const admin = await Api.signedIn(daemon.url);
    await admin.putPlan('metered', new URL('./plans/metered.xml', import.meta.url));
    for (const id of options.accounts) {
      await admin.createAccount({ id, plan: 'metered', logins: [loginOf(id)], password: passwordOf(id) });
    }
    const users: DemoUser[] = [
      ...(options.online ?? []).map((id) => ({
        login: loginOf(id),
        octetsPerSecondIn: 400_000_000,
        octetsPerSecondOut: 1_000_000,
      })),
      ...(options.strangers ?? []).map((id) => ({
        login: loginOf(id),
        octetsPerSecondIn: 1_000,
        octetsPerSecondOut: 1_000,
      })),
    ];
    const to = { host: '127.0.0.1', port: radiusPort, secret: radiusSecret };
    const pace = { interimMs: 300, interimsPerSession: 1000, clock: Date.now };
    const nas = users.length === 0 ? null : await startDemoNas({ ...to, ...pace, users });
    const browser = await chromium.launch({
      executablePath: chromiumPath!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
    });
    return new BrowserWorld(browser, admin, folder, nas, daemon);
  }

  get url(): string {
    return this.daemon.url;
  }

  /** Starts the daemon again after it was killed, on the same store. */
  async restartDaemon(): Promise<void> {
    this.daemon = await startProcess(this.#folder.configFile);
  }

  /** Ends all sessions, so that totals come to rest. */
  async stopUse(): Promise<void> {
    await this.#nas?.stop();
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.stopUse();
    await this.daemon.stop();
    this.#folder.remove();
  }
}
