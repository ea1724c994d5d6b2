/**
 * The daemon's HTTP interface as a replay needs it: events in, a verdict per event out, again and again until the daemon
 * has answered. That is safe: an event it has already is answered `duplicate`.
 */
import type { UsageVerdict } from '../../daemon/contract.ts';
import type { ChargeEvent } from './usage-event.ts';

export interface EventVerdict {
  readonly id: string;
  readonly verdict: UsageVerdict['verdict'];
  /** Why, in words; empty when there is nothing to say. */
  readonly reason: string;
}

export interface PostedEvents {
  readonly verdicts: readonly EventVerdict[];
  /** They were sent more than once: a duplicate may be our own. */
  readonly again: boolean;
}

export interface DaemonClientOptions {
  /** Of the daemon, e.g. http://127.0.0.1:8080. */
  readonly url: URL;
  readonly token: string;
  /** Reads the account's bill; a provider's token may not. */
  readonly billToken: string;
  readonly account: string;
  /** Ends requests and waits for good. */
  readonly signal: AbortSignal;
  /** Told before each wait for another attempt. */
  readonly onRetry?: (reason: string, waitMs: number) => void;
  readonly firstWaitMs?: number;
}

const attemptsMax = 12;
const firstWaitMs = 250;
const waitMsMax = 15_000;
const requestMsMax = 30_000;
const answerOctetsMax = 1024 * 1024;

/** The daemon won't take it, now or later: what to tell. */
export class DaemonRefusal extends Error {}

export class DaemonClient {
  readonly #options: DaemonClientOptions;

  constructor(options: DaemonClientOptions) {
    this.#options = options;
  }

  /** One verdict per event, in their order. Rejects with a DaemonRefusal, or when stopped. */
  async post(events: readonly ChargeEvent[]): Promise<PostedEvents> {
    const single = events.length === 1;
    const body = JSON.stringify(single ? events[0] : events);
    const headers = { 'content-type': `application/cloudevents${single ? '' : '-batch'}+json` };
    let attempts = 0;
    const answer = await this.#persistently(() => {
      attempts++;
      return this.#request('api/usage', { method: 'POST', body, headers });
    });
    return { verdicts: verdictsOf(events, answer), again: attempts > 1 };
  }

  /** The amounts of the account's bill lines, exactly as posted; null where the bill token may not read them. */
  async billAmounts(): Promise<string[] | null> {
    try {
      const account = encodeURIComponent(this.#options.account);
      const path = `api/accounts/${account}/bill`;
      const bill = (await this.#request(path, { method: 'GET' }, this.#options.billToken)) as { lines?: unknown };
      if (!Array.isArray(bill.lines)) return null;
      const amounts = bill.lines.map((line) => (line as { exactAmount?: unknown }).exactAmount);
      return amounts.every((amount) => typeof amount === 'string') ? amounts : null;
    } catch {
      this.#options.signal.throwIfAborted();
      return null;
    }
  }

  /** The daemon's clock, which may be simulated; this machine's where it does not tell. UTC epoch ms. */
  async clockMs(): Promise<number> {
    const { signal } = this.#options;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(requestMsMax)]);
    const told = await fetch(this.#address('healthz'), { redirect: 'manual', signal: limit }).then(
      async (response) => {
        await response.body?.cancel();
        return Date.parse(response.headers.get('meterd-clock') ?? '');
      },
      () => Number.NaN,
    );
    signal.throwIfAborted();
    return Number.isNaN(told) ? Date.now() : told;
  }

  #address(path: string): URL {
    const { url } = this.#options;
    return new URL(path, url.href.endsWith('/') ? url : `${url.href}/`);
  }

  async #persistently(attempt: () => Promise<unknown>): Promise<unknown> {
    const { signal, onRetry } = this.#options;
    let waitMs = this.#options.firstWaitMs ?? firstWaitMs;
    for (let tried = 1; ; tried++) {
      try {
        return await attempt();
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof DaemonRefusal) throw error;
        const { message } = error as Error;
        if (tried >= attemptsMax) throw new DaemonRefusal(`${message}; given up after ${tried} attempts`);
        onRetry?.(message, waitMs);
      }
      await pause(waitMs, signal);
      waitMs = Math.min(waitMsMax, waitMs * 2);
    }
  }

  /** The answer's JSON. Rejects with a DaemonRefusal for what another attempt won't change, else with a plain Error. */
  async #request(
    path: string,
    request: { method: string; body?: string; headers?: Record<string, string> },
    token = this.#options.token,
  ): Promise<unknown> {
    const { signal } = this.#options;
    const address = this.#address(path);
    let response: Response;
    let text: string;
    try {
      response = await fetch(address, {
        ...request,
        headers: { ...request.headers, accept: 'application/json', authorization: `Bearer ${token}` },
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(requestMsMax)]),
      });
      text = await boundedText(response);
    } catch (error) {
      throw new Error(`${address.origin} does not answer: ${reasonOf(error)}`, { cause: error });
    }
    if (response.status === 200) return jsonOf(text);
    const told = `${address.origin} answers ${response.status}${detailOf(text)}`;
    if (response.status >= 500 || response.status === 429 || response.status === 408) throw new Error(told);
    throw new DaemonRefusal(`${told}${adviceFor(response.status)}`);
  }
}

function verdictsOf(events: readonly ChargeEvent[], answer: unknown): EventVerdict[] {
  const { results } = (answer ?? {}) as { results?: unknown };
  const byId = new Map<unknown, Record<string, unknown>>();
  for (const result of Array.isArray(results) ? results : []) {
    if (typeof result === 'object' && result !== null) byId.set(result.id, result);
  }
  return events.map(({ id }) => {
    const { verdict, reason, detail } = byId.get(id) ?? {};
    if (verdict !== 'logged' && verdict !== 'duplicate' && verdict !== 'suspended' && verdict !== 'refused') {
      throw new DaemonRefusal(`the daemon gave no verdict on line ${id}; is this a meterd that takes meterd.charge?`);
    }
    return { id, verdict, reason: [reason, detail].filter((said) => typeof said === 'string').join(': ') };
  });
}

function adviceFor(status: number): string {
  if (status === 401) return '; is --token right, and not revoked?';
  if (status === 403) return '; the token needs the rights charges and accounts, and credits for negative ones';
  if (status === 404) return '; is --to the address of a meterd?';
  return '';
}

/** `: detail` of RFC 9457 problem details, if that is what the text is. */
function detailOf(text: string): string {
  try {
    const { title, detail } = JSON.parse(text) as { title?: unknown; detail?: unknown };
    const said = detail ?? title;
    return typeof said === 'string' ? `: ${said.slice(0, 300)}` : '';
  } catch {
    return '';
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DaemonRefusal('the answer is no JSON; is --to the address of a meterd?');
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let octets = 0;
  for await (const chunk of response.body ?? []) {
    octets += (chunk as Uint8Array).length;
    if (octets > answerOctetsMax) throw new Error('the answer is too long');
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stopped = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stopped);
      resolve();
    }, ms);
    signal.addEventListener('abort', stopped, { once: true });
  });
}
