/**
 * `WS /api/live`: upgrades, and what ends sockets from outside: sign-out, expiry of the sign-in, silence, the daemon's
 * stop. What is said on one socket is in live-socket.ts.
 */

import type { ServerResponse } from 'node:http';
import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { meterdError } from '../errors.ts';
import { access, callerOf } from './access.ts';
import type { HttpContext } from './context.ts';
import { closeCodes, LiveSocket, liveLimits } from './live-socket.ts';
import type { HttpMetrics } from './metrics.ts';

const pingEveryMs = 20_000;
/** Sockets are pinged in turns, since ten thousand at one instant would hold up every message. */
const pingTurns = 100;
/** After asking a socket to close when the daemon stops. */
const closingMs = 1_000;
const socketsMax = 20_000;
const socketsPerSessionMax = 32;

/** To be registered before every hook that asks `request.ws`. */
export function registerWebSockets(server: FastifyInstance): void {
  server.register(websocket, {
    options: { maxPayload: liveLimits.messageOctetsMax, perMessageDeflate: false },
    errorHandler: (error, socket, request) => {
      request.log.debug({ err: error }, 'live socket failed');
      socket.terminate();
    },
    preClose: async function closeSockets(this: FastifyInstance) {
      const { clients } = this.websocketServer;
      const gone = [...clients].map((client) => new Promise<void>((resolve) => client.once('close', () => resolve())));
      for (const client of clients) client.close(closeCodes.stopping, 'meterd stops');
      const impatience = setTimeout(() => {
        for (const client of clients) client.terminate();
      }, closingMs);
      await Promise.all(gone);
      clearTimeout(impatience);
    },
  });
}

export function liveRoutes(server: FastifyInstance, { deps, sessions }: HttpContext, metrics: HttpMetrics): void {
  const bySession = new Map<string, Set<LiveSocket>>();
  let open = 0;
  let opened = 0;
  metrics.watchLiveSockets(() => open);

  sessions.onEnd((tokenHash) => {
    for (const live of bySession.get(tokenHash) ?? []) live.close(closeCodes.signedOut, 'signed out');
  });
  const turns = Array.from({ length: pingTurns }, () => new Set<LiveSocket>());
  let turn = 0;
  const pinging = setInterval(() => {
    const nowMs = Date.now();
    for (const live of turns[turn]!) live.sweep(nowMs);
    turn = (turn + 1) % pingTurns;
  }, pingEveryMs / pingTurns);
  pinging.unref();
  server.addHook('onClose', async () => clearInterval(pinging));

  const socketDeps = {
    reader: deps.reader,
    feed: deps.live,
    sessions,
    onSkipped: () => metrics.countSkippedLiveMessage(),
    onFault: (err: unknown) => server.log.error({ err }, 'live subscription failed'),
  };
  const responses = new WeakMap<FastifyRequest, ServerResponse>();
  /** Kept until the socket closes, the request and its answer would be 5 kB for each of ten thousand. */
  const forgetUpgrade = (socket: WebSocket, request: FastifyRequest): void => {
    socket.removeAllListeners('error');
    socket.on('error', () => socket.terminate());
    responses.get(request)?.detachSocket(request.raw.socket);
  };

  const operation = {
    tag: 'bills',
    summary: 'WebSocket of live bills: {"subscribe": account, "since"?: seq} in, LiveMessage out (docs/api.md)',
    answer: { status: 101, description: 'The socket is open.' },
  } as const;
  server.route({
    method: 'GET',
    url: '/api/live',
    config: { access: access.watchBill, operation },
    preHandler: async (request, reply) => {
      if (request.ws) responses.set(request, reply.raw);
    },
    handler: async () => {
      throw meterdError('request-invalid', 'this address speaks WebSocket only');
    },
    wsHandler: (socket, request) => {
      const caller = callerOf(request);
      const sockets = bySession.get(caller.tokenHash) ?? new Set();
      if (open >= socketsMax || sockets.size >= socketsPerSessionMax) {
        socket.close(closeCodes.tryLater, 'too many live sockets');
        return;
      }
      metrics.countRequest({ method: 'GET', route: '/api/live', status: 101 });
      forgetUpgrade(socket, request);
      const live = new LiveSocket(socket, request.raw.socket, caller, socketDeps);
      open++;
      bySession.set(caller.tokenHash, sockets.add(live));
      const pinged = turns[opened++ % pingTurns]!.add(live);
      socket.once('close', () => {
        open--;
        live.end();
        pinged.delete(live);
        sockets.delete(live);
        if (sockets.size === 0 && bySession.get(caller.tokenHash) === sockets) bySession.delete(caller.tokenHash);
      });
      live.start();
    },
  });
}
