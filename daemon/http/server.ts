/**
 * The HTTP and WebSocket side (DESIGN §7): puts hooks and route groups together, in the order a request meets them, and
 * listens.
 */
import cookie from '@fastify/cookie';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { meterdError } from '../errors.ts';
import { registerAccess } from './access.ts';
import { accountRoutes } from './accounts.ts';
import { auditRoutes, registerAudit } from './audit.ts';
import { billRoutes } from './bills.ts';
import { correctionRoutes } from './corrections.ts';
import type { HttpDeps } from './deps.ts';
import { explainRoutes } from './explain.ts';
import { registerHeaders, securityHeaders } from './headers.ts';
import { healthRoutes } from './health.ts';
import { liveRoutes, registerWebSockets } from './live.ts';
import { type HttpMetrics, makeHttpMetrics } from './metrics.ts';
import { monitorRoutes } from './monitors.ts';
import { networkSessionRoutes } from './network-sessions.ts';
import { openapiRoutes } from './openapi.ts';
import { registerOriginCheck } from './origin.ts';
import { registerPages } from './pages.ts';
import { passwordRoutes } from './passwords.ts';
import { planRoutes } from './plans.ts';
import { refusalOf, registerProblems, sendProblem } from './problem.ts';
import { quoteRoutes } from './quotes.ts';
import { sessionRoutes } from './session.ts';
import { SignInThrottle } from './sign-in-throttle.ts';
import { spendRoutes } from './spend.ts';
import { staffRoutes } from './staff.ts';
import { suspenseRoutes } from './suspense.ts';
import { tableRoutes } from './tables.ts';
import { tokenRoutes } from './tokens.ts';
import { usageRoutes } from './usage.ts';
import { usageEventRoutes } from './usage-events.ts';
import { WebSessions } from './web-sessions.ts';

const bodyOctetsMax = 64 * 1024;
const requestMsMax = 30_000;
const pathParameterMax = 256;
/** How long requests that are being answered may hold up the end; a client may never read its answer. */
const closingMsMax = 3_000;

export async function startHttp(deps: HttpDeps): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = buildServer(deps);
  try {
    const url = await server.listen({
      host: deps.host,
      port: deps.port,
      listenTextResolver: (address) => `pages and API at ${address}`,
    });
    return { url, close: () => close(server) };
  } catch (cause) {
    await server.close();
    const { code, message } = cause as NodeJS.ErrnoException;
    const place = `${deps.host.includes(':') ? `[${deps.host}]` : deps.host}:${deps.port}`;
    const why = code === 'EADDRINUSE' ? 'another program already listens there' : message;
    throw meterdError('port-in-use', `can't listen on ${place} (http.host and http.port): ${why}`, { cause });
  }
}

async function close(server: FastifyInstance): Promise<void> {
  const impatience = setTimeout(() => server.server.closeAllConnections(), closingMsMax);
  await server.close().finally(() => clearTimeout(impatience));
}

/** The server without a socket; tests `inject` requests. */
export function buildServer(deps: HttpDeps): FastifyInstance {
  // Typed as if it were plain: the routes see no difference.
  const secure = deps.tls === null ? {} : ({ https: deps.tls } as object);
  const server: FastifyInstance = Fastify({
    ...secure,
    loggerInstance: deps.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyOctetsMax,
    requestTimeout: requestMsMax,
    routerOptions: { maxParamLength: pathParameterMax },
    // A proxy on this machine may say for whom it asks; nobody else is believed.
    trustProxy: 'loopback',
    frameworkErrors: (error, request, reply) => {
      sendProblem(reply.headers(securityHeaders), refusalOf(error, request));
    },
  });
  const metrics = makeHttpMetrics(deps.metrics);
  const throttle = new SignInThrottle();
  const context = { deps, sessions: new WebSessions(deps) };

  registerProblems(server);
  registerHeaders(server);
  recordRequests(server, metrics);
  registerWebSockets(server);
  server.register(cookie);
  registerOriginCheck(server);
  registerAccess(server, context.sessions);
  registerAudit(server, deps);
  // In a plugin, so that the plugins above are loaded before the first route is made.
  server.register(async (routes) => {
    openapiRoutes(routes);
    sessionRoutes(routes, context, { metrics, throttle });
    passwordRoutes(routes, context, throttle);
    accountRoutes(routes, context);
    correctionRoutes(routes, context);
    auditRoutes(routes, context);
    billRoutes(routes, context);
    spendRoutes(routes, context);
    quoteRoutes(routes, context);
    usageRoutes(routes, context);
    networkSessionRoutes(routes, context);
    explainRoutes(routes, context);
    usageEventRoutes(routes, context);
    planRoutes(routes, context);
    tableRoutes(routes, context);
    liveRoutes(routes, context, metrics);
    suspenseRoutes(routes, context);
    monitorRoutes(routes, context);
    tokenRoutes(routes, context);
    staffRoutes(routes, context);
    healthRoutes(routes, context);
  });
  registerPages(server, deps.webRoot);
  return server;
}

/** Counts every answer, and notes in the log who changed something. */
function recordRequests(server: FastifyInstance, metrics: HttpMetrics): void {
  server.addHook('onResponse', async (request, reply) => {
    const { method } = request;
    const status = reply.statusCode;
    metrics.countRequest({ method, route: request.routeOptions.url ?? 'none', status });
    if (method === 'GET' || method === 'HEAD' || request.caller === null) return;
    request.log.info({ login: request.caller.login, method, url: request.url, status }, 'change requested');
  });
}
