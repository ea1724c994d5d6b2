/**
 * An Instant-IP server by itself (DESIGN §5): the built pages, and the daemon's live messages about the records of one
 * replay, so that a display can't tell it from a daemon. It has one account, no sign-in and no secrets; by default only
 * this machine reaches it.
 */
import { access } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';
import type { AccountView, LiveMessage, Page, Problem, RawUsageView, SessionView } from '../../daemon/contract.ts';
import { type InstantIpFeed, simulatedAccount } from './feed.ts';

const limits = {
  viewersMax: 256,
  messageOctetsMax: 4 * 1024,
  /** Not sent yet: a viewer with more gets nothing until it has read. */
  bufferedOctetsMax: 256 * 1024,
  /** Messages of news to a viewer are this far apart at least (DESIGN §7). */
  publishMsMin: 250,
  pingMs: 20_000,
} as const;

const contentSecurityPolicy =
  "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

export interface InstantIpServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly feed: InstantIpFeed;
  /** Folder of the built pages. */
  readonly webRoot: string;
  /** The first subscription of all. */
  readonly onFirstViewer: () => void;
}

export interface InstantIpServer {
  /** Of the display page. */
  readonly url: string;
  /** The feed has something new. */
  publish(): void;
  /** Says something to all who watch, after what is new; of several at once with one code, the last. */
  notice(level: 'info' | 'warning' | 'error', code: string, text: string): void;
  /** May be called twice. */
  stop(): Promise<void>;
}

/** Rejects when the port is taken. */
export async function startInstantIpServer(options: InstantIpServerOptions): Promise<InstantIpServer> {
  const { host, port, feed, webRoot } = options;
  const server = fastify({ bodyLimit: 1024 });
  const viewers = new Viewers(options);
  addRoutes(server, feed, webRoot);
  viewers.attach(server);
  const address = await server.listen({ host, port });
  let stopping: Promise<void> | undefined;
  return {
    url: `${address}/instant-ip`,
    publish: () => viewers.publishSoon(),
    notice: (level, code, text) => viewers.noticeSoon({ type: 'notice', level, code, text }),
    stop: () => {
      stopping ??= viewers.close().then(() => server.close());
      return stopping;
    },
  };
}

function addRoutes(server: FastifyInstance, feed: InstantIpFeed, webRoot: string): void {
  server.addHook('onRequest', async (request, reply) => {
    const kept = request.url.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    reply.headers({
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'cache-control': request.url.startsWith('/api/') ? 'no-store' : kept,
    });
  });
  const session: SessionView = { login: 'simulated', role: 'subscriber', account: simulatedAccount };
  server.get('/api/session', async () => session);
  server.get(`/api/accounts/${simulatedAccount}`, async (): Promise<AccountView> => {
    const { name, currency, timezone, prepaid } = feed.bill(Date.now());
    const none = { plan: null, creditLimit: null, place: null, taxExemptions: [], identities: [] };
    return { id: simulatedAccount, name, currency, timezone, cycleDay: 1, prepaid, ...none };
  });
  server.get(`/api/accounts/${simulatedAccount}/bill`, async () => feed.bill(Date.now()));
  server.get(`/api/accounts/${simulatedAccount}/charges`, async () => feed.charges());
  const noUsage: Page<RawUsageView> = { items: [], next: null };
  server.get(`/api/accounts/${simulatedAccount}/usage`, async () => noUsage);
  server.register(fastifyStatic, { root: webRoot, cacheControl: false, dotfiles: 'ignore', index: ['index.html'] });
  server.setNotFoundHandler((request, reply) => notFound(request, reply, webRoot));
}

/** The pages are one application: an address that is no file, but asked for as a page, gets index.html. */
async function notFound(request: FastifyRequest, reply: FastifyReply, webRoot: string): Promise<FastifyReply> {
  const { method, url } = request;
  const asksForPage = method === 'GET' && (request.headers.accept ?? '').includes('text/html');
  if (url.startsWith('/api/') || url.startsWith('/assets/') || !asksForPage) {
    const detail = 'the simulated Instant-IP server has a session, one account and its live bill';
    const problem: Problem = { type: 'about:blank', title: 'Not found', status: 404, code: 'not-found', detail };
    return reply.code(404).type('application/problem+json').send(JSON.stringify(problem));
  }
  try {
    await access(join(webRoot, 'index.html'));
  } catch {
    return reply.code(503).type('text/plain').send('The pages are not built yet: run "npm run build", then reload.\n');
  }
  return reply.sendFile('index.html');
}

type Notice = LiveMessage & { readonly type: 'notice' };

interface Viewer {
  /** Last charge it was told of; null before it has subscribed. */
  seq: number | null;
  watching: boolean;
  alive: boolean;
}

class Viewers {
  readonly #feed: InstantIpFeed;
  readonly #onFirstViewer: () => void;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.messageOctetsMax,
    perMessageDeflate: false,
  });
  readonly #viewers = new Map<WebSocket, Viewer>();
  #pinging: ReturnType<typeof setInterval> | undefined;
  #publishing: ReturnType<typeof setTimeout> | undefined;
  #lastPublishedMs = Number.NEGATIVE_INFINITY;
  #hadViewer = false;
  readonly #notices = new Map<string, Notice>();

  constructor({ feed, onFirstViewer }: InstantIpServerOptions) {
    this.#feed = feed;
    this.#onFirstViewer = onFirstViewer;
  }

  attach(server: FastifyInstance): void {
    server.server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      const refusal = this.#refusal(request.url ?? '', request.headers);
      if (refusal === null) {
        this.#sockets.handleUpgrade(request, socket, head, (client) => this.#welcome(client));
      } else {
        socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      }
    });
    this.#pinging = setInterval(() => this.#sweep(), limits.pingMs);
    this.#pinging.unref();
  }

  publishSoon(): void {
    if (this.#publishing !== undefined) return;
    const waitMs = Math.max(0, limits.publishMsMin - (performance.now() - this.#lastPublishedMs));
    this.#publishing = setTimeout(() => this.#publish(), waitMs);
  }

  noticeSoon(notice: Notice): void {
    this.#notices.set(notice.code, notice);
    this.publishSoon();
  }

  async close(): Promise<void> {
    clearInterval(this.#pinging);
    clearTimeout(this.#publishing);
    this.#publish();
    clearTimeout(this.#publishing);
    const gone = [...this.#viewers.keys()].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    for (const socket of this.#viewers.keys()) socket.close(1001, 'the simulated server stops');
    const impatience = setTimeout(() => {
      for (const socket of this.#viewers.keys()) socket.terminate();
    }, 1_000);
    await Promise.all(gone);
    clearTimeout(impatience);
  }

  #refusal(url: string, { origin, host }: IncomingHttpHeaders): string | null {
    if (url.split('?')[0] !== '/api/live') return '404 Not Found';
    // A page of another site must not read what is replayed here; programs send no Origin.
    if (origin !== undefined && origin !== `http://${host}`) return '403 Forbidden';
    return this.#viewers.size >= limits.viewersMax ? '503 Service Unavailable' : null;
  }

  #welcome(socket: WebSocket): void {
    const viewer: Viewer = { seq: null, watching: false, alive: true };
    this.#viewers.set(socket, viewer);
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.#viewers.delete(socket));
    socket.on('pong', () => {
      viewer.alive = true;
    });
    socket.on('message', (data, isBinary) => this.#take(socket, viewer, isBinary ? '' : String(data)));
  }

  #take(socket: WebSocket, viewer: Viewer, text: string): void {
    const wanted = subscriptionOf(text);
    if (wanted === null) {
      const form = `{"subscribe": "${simulatedAccount}", "since": <number>}`;
      send(socket, { type: 'notice', level: 'error', code: 'request-invalid', text: `A message must be ${form}.` });
      return;
    }
    viewer.watching = true;
    viewer.seq = wanted.since;
    this.#tell(socket, viewer);
    if (this.#hadViewer) return;
    this.#hadViewer = true;
    this.#onFirstViewer();
  }

  #publish(): void {
    this.#publishing = undefined;
    this.#lastPublishedMs = performance.now();
    for (const [socket, viewer] of this.#viewers) {
      if (!viewer.watching) continue;
      if (viewer.seq !== this.#feed.seq) this.#tell(socket, viewer);
      for (const notice of this.#notices.values()) send(socket, notice);
    }
    this.#notices.clear();
  }

  #tell(socket: WebSocket, viewer: Viewer): void {
    if (send(socket, this.#feed.since(viewer.seq, Date.now()))) viewer.seq = this.#feed.seq;
    // It has not read what it was sent; it is told again later.
    else this.publishSoon();
  }

  #sweep(): void {
    for (const [socket, viewer] of this.#viewers) {
      if (viewer.alive) socket.ping();
      else socket.terminate();
      viewer.alive = false;
    }
  }
}

/** False when the viewer can't keep up. */
function send(socket: WebSocket, message: LiveMessage): boolean {
  if (socket.readyState !== socket.OPEN) return true;
  if (socket.bufferedAmount > limits.bufferedOctetsMax) return false;
  socket.send(JSON.stringify(message));
  return true;
}

function subscriptionOf(text: string): { readonly since: number | null } | null {
  try {
    const { subscribe, since = null } = JSON.parse(text) as { subscribe?: unknown; since?: unknown };
    if (subscribe !== simulatedAccount) return null;
    return since === null || (Number.isSafeInteger(since) && (since as number) >= 0)
      ? { since: since as number | null }
      : null;
  } catch {
    return null;
  }
}
