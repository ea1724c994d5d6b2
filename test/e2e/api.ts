/** A client of the HTTP API for tests: signed in by cookie, as a browser is. */
import { readFileSync } from 'node:fs';
import type { AccountView, BillView, ChargeView, HealthView, Page } from '../../daemon/contract.ts';
import { adminPassword } from './daemon-process.ts';

export interface NewTestAccount {
  readonly id: string;
  readonly plan?: string;
  readonly logins?: readonly string[];
  readonly stations?: readonly string[];
  readonly password?: string;
  readonly currency?: string;
}

export class Api {
  readonly url: string;
  #cookie = '';

  constructor(url: string) {
    this.url = url;
  }

  static async signedIn(url: string, login = 'admin', password = adminPassword): Promise<Api> {
    const api = new Api(url);
    const response = await api.send('POST', '/api/session', { login, password });
    if (!response.ok) throw new Error(`sign-in: ${response.status} ${await response.text()}`);
    api.#cookie = (response.headers.get('set-cookie') ?? '').split(';')[0]!;
    return api;
  }

  get cookie(): string {
    return this.#cookie;
  }

  send(method: string, path: string, body?: unknown, type = 'application/json'): Promise<Response> {
    return fetch(this.url + path, {
      method,
      headers: {
        ...(this.#cookie ? { cookie: this.#cookie } : {}),
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  async json<T>(method: string, path: string, body?: unknown, type?: string): Promise<T> {
    const response = await this.send(method, path, body, type);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async putPlan(id: string, file: URL): Promise<void> {
    await this.json('PUT', `/api/plans/${id}`, readFileSync(file, 'utf8'), 'application/xml');
  }

  createAccount(account: NewTestAccount): Promise<AccountView> {
    return this.json('POST', '/api/accounts', {
      id: account.id,
      name: `Account ${account.id}`,
      currency: account.currency ?? 'USD',
      timezone: 'UTC',
      cycleDay: 1,
      ...(account.plan === undefined ? {} : { plan: account.plan }),
      identities: [
        ...(account.logins ?? []).map((value) => ({ kind: 'login', value })),
        ...(account.stations ?? []).map((value) => ({ kind: 'station', value })),
      ],
      ...(account.password === undefined ? {} : { password: account.password }),
    });
  }

  bill(account: string, period?: string): Promise<BillView> {
    return this.json('GET', `/api/accounts/${account}/bill${period === undefined ? '' : `?period=${period}`}`);
  }

  health(): Promise<HealthView> {
    return this.json('GET', '/api/health');
  }

  /** Every charge of an account, newest first. */
  async allCharges(account: string): Promise<ChargeView[]> {
    const charges: ChargeView[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = cursor === '' ? '' : `?cursor=${encodeURIComponent(cursor)}`;
      const page: Page<ChargeView> = await this.json('GET', `/api/accounts/${account}/charges${query}`);
      charges.push(...page.items);
      cursor = page.next;
    }
    return charges;
  }

  /** Waits until everything logged is rated, and returns the health then. */
  async rated(): Promise<HealthView> {
    for (;;) {
      const health = await this.health();
      if (health.partition.waiting === 0) return health;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
