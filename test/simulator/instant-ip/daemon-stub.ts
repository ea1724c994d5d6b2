/** A daemon as a replay sees it: takes meterd.charge events once each, tells the bill, and fails as it is told to. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { parseThousandths, printThousandths } from '../../../collectors/index.ts';
import type { ChargeEvent } from '../../../simulator/instant-ip/usage-event.ts';

export interface DaemonStub {
  readonly url: string;
  /** Events logged, in order. */
  readonly logged: ChargeEvent[];
  readonly requests: { readonly type: string; readonly octets: number; readonly events: number }[];
  /** What to do with the next posts: a status with nothing logged, or the answer lost after logging. */
  readonly failures: (number | 'answer-lost')[];
  /** Refuses the events of these ids. */
  readonly refusedIds: Set<string>;
  /** Added to the bill beside what is logged, in thousandths. */
  otherCharges: bigint;
}

export const token = 'a-token';
export const billToken = 'a-clerk';

export async function startDaemonStub(): Promise<DaemonStub> {
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
    const { authorization } = request.headers;
    if (request.url === '/api/accounts/acme%20%26%20co/bill') {
      if (authorization !== `Bearer ${billToken}`) return answer(403, { detail: 'not yours' });
      return answer(200, { lines: [{ exactAmount: '0.1234567' }, { exactAmount: billed() }] });
    }
    if (authorization !== `Bearer ${token}`) return answer(401, { detail: 'the token is not known' });
    if (request.url !== '/api/usage' || request.method !== 'POST') return answer(404, { detail: 'nothing is here' });
    const failure = stub.failures.shift();
    const events = await eventsOf(request);
    if (typeof failure === 'number') return answer(failure, { detail: 'as told' });
    const results = events.map((event) => verdictOn(event));
    if (failure === 'answer-lost') return response.destroy();
    return answer(200, { results });
  });
  const known = new Set<string>();

  async function eventsOf(request: IncomingMessage): Promise<ChargeEvent[]> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text);
    const events = Array.isArray(body) ? body : [body];
    const type = request.headers['content-type'] ?? '';
    stub.requests.push({ type, octets: Buffer.byteLength(text), events: events.length });
    return events;
  }

  function verdictOn(event: ChargeEvent) {
    const { id, source } = event;
    const key = `${source} ${id}`;
    if (stub.refusedIds.has(id))
      return { id, source, verdict: 'refused', reason: 'account-unknown', detail: 'not today' };
    if (known.has(key)) return { id, source, verdict: 'duplicate' };
    known.add(key);
    stub.logged.push(event);
    return { id, source, verdict: 'logged' };
  }

  function billed(): string {
    const charges = stub.logged.map((event) => parseThousandths(String(event.data.charge), 11)!);
    return printThousandths(charges.reduce((sum, charge) => sum + charge, stub.otherCharges));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const stub: DaemonStub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    logged: [],
    requests: [],
    failures: [],
    refusedIds: new Set(),
    otherCharges: 0n,
  };
  return stub;
}
