/**
 * A server of the built pages and of nothing but the live feed, as a simulated Instant-IP server is one: whoever connects
 * is signed in, there is no bill by HTTP, and each test says what the feed says. Headers and pages are the daemon's.
 */
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import fastify, { type FastifyInstance } from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';
import type { BillView, LiveCharge, LiveMessage, SessionView } from '../../daemon/contract.ts';
import { registerHeaders } from '../../daemon/http/headers.ts';
import { registerPages } from '../../daemon/http/pages.ts';

const pages = fileURLToPath(new URL('../../dist/web/', import.meta.url));

export class PlayedFeed {
  readonly #server: FastifyInstance = fastify();
  readonly #sockets = new WebSocketServer({ noServer: true });
  /** What a subscription is answered with; null answers nothing. */
  bill: BillView | null;
  session: SessionView | null = { login: 'simulated', role: 'subscriber', account: 'instant-ip' };

  constructor(bill: BillView | null) {
    this.bill = bill;
  }

  async start(): Promise<string> {
    registerHeaders(this.#server);
    registerPages(this.#server, pages);
    this.#server.get('/api/session', async (_request, reply) => this.session ?? reply.code(401).send({}));
    this.#server.server.on('upgrade', (request, socket, head) => {
      this.#sockets.handleUpgrade(request, socket, head, (client) => this.#greet(client));
    });
    await this.#server.listen({ host: '127.0.0.1', port: 0 });
    return `http://127.0.0.1:${(this.#server.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.hangUp();
    await this.#server.close();
  }

  hangUp(): void {
    for (const client of this.#sockets.clients) client.terminate();
  }

  say(message: LiveMessage): void {
    for (const client of this.#sockets.clients) client.send(JSON.stringify(message));
  }

  /** Posts charges: they carry their own totals, as records do. */
  charge(...charges: readonly LiveCharge[]): void {
    const last = charges.at(-1);
    if (this.bill === null || last === undefined) return;
    const { seq, total, balance } = last;
    const fromSeq = this.bill.seq;
    const recent = [...(this.bill.recent ?? []), ...charges].slice(-20);
    this.bill = { ...this.bill, seq, total, balance, recent, asOfMs: Date.now() };
    this.say({ ...this.bill, type: 'charges', fromSeq, charges });
  }

  #greet(client: WebSocket): void {
    client.on('message', () => {
      if (this.bill !== null) client.send(JSON.stringify({ type: 'bill', bill: { ...this.bill, asOfMs: Date.now() } }));
    });
  }
}
