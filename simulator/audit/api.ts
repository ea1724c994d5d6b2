/** The daemon's HTTP interface as provisioning and the audit need it: JSON in and out, signed in or with a token. */

/** The daemon refuses or can't be reached: what to tell. */
export class ApiRefusal extends Error {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export type Credentials = { readonly token: string } | { readonly login: string; readonly password: string };

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly type?: string;
}

const answerMsMax = 60_000;

export class Api {
  readonly #url: URL;
  readonly #signal: AbortSignal;
  #headers: Readonly<Record<string, string>> = {};

  constructor(url: URL, signal: AbortSignal) {
    this.#url = url.href.endsWith('/') ? url : new URL(`${url.href}/`);
    this.#signal = signal;
  }

  /** Throws an ApiRefusal where the daemon does not want these credentials, or is not there. */
  async signIn(credentials: Credentials): Promise<void> {
    if ('token' in credentials) {
      this.#headers = { authorization: `Bearer ${credentials.token}` };
      await this.get('api/session');
      return;
    }
    const request = { method: 'POST', path: 'api/session', body: JSON.stringify(credentials) };
    const { headers } = await this.#send(request);
    const cookie = headers.getSetCookie()[0]?.split(';')[0];
    if (cookie === undefined) throw new ApiRefusal('the daemon gave no cookie', 0);
    this.#headers = { cookie };
  }

  /** The daemon's clock, which may be simulated, UTC epoch s. */
  async clockSeconds(): Promise<number> {
    const { headers } = await this.#send({ method: 'GET', path: 'healthz' });
    const ms = Date.parse(headers.get('meterd-clock') ?? '');
    return Math.floor((Number.isNaN(ms) ? Date.now() : ms) / 1000);
  }

  async get<T>(path: string): Promise<T> {
    return JSON.parse((await this.#send({ method: 'GET', path })).text) as T;
  }

  /** The text of an answer, or null where the daemon has no such thing. */
  async textOrNull(path: string): Promise<string | null> {
    try {
      return (await this.#send({ method: 'GET', path })).text;
    } catch (error) {
      if (error instanceof ApiRefusal && error.status === 404) return null;
      throw error;
    }
  }

  async post(path: string, body: unknown): Promise<void> {
    await this.#send({ method: 'POST', path, body: JSON.stringify(body) });
  }

  async putXml(path: string, xml: string): Promise<void> {
    await this.#send({ method: 'PUT', path, body: xml, type: 'application/xml' });
  }

  async #send({ method, path, body, type = 'application/json' }: Request): Promise<{ text: string; headers: Headers }> {
    const address = new URL(path, this.#url);
    let response: Response;
    let text: string;
    try {
      response = await fetch(address, {
        method,
        headers: { ...this.#headers, ...(body === undefined ? {} : { 'content-type': type }) },
        ...(body === undefined ? {} : { body }),
        redirect: 'manual',
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(answerMsMax)]),
      });
      text = await response.text();
    } catch (cause) {
      this.#signal.throwIfAborted();
      const reason = (cause as { cause?: Error }).cause?.message ?? (cause as Error).message;
      throw new ApiRefusal(`${method} ${address.href}: ${reason}`, 0);
    }
    if (response.ok) return { text, headers: response.headers };
    throw new ApiRefusal(`${method} ${address.pathname}: ${response.status} ${detailOf(text)}`, response.status);
  }
}

/** What a problem document says (RFC 9457), or the beginning of whatever it is. */
function detailOf(text: string): string {
  try {
    const { detail, title } = JSON.parse(text) as { detail?: string; title?: string };
    return detail ?? title ?? '';
  } catch {
    return text.slice(0, 200);
  }
}

/** Does `work` for every item, `atOnce` of them at a time. */
export async function forEachOf<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
