/** Headers of every answer: what a browser may do with it, and how long it may keep it. */
import type { FastifyInstance, FastifyReply } from 'fastify';

const contentSecurityPolicy = [
  "default-src 'self'",
  // Live bills: a WebSocket to the page's own origin is 'self' (CSP 3 §6.7.2.8).
  "connect-src 'self'",
  "style-src 'self'",
  "object-src 'none'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ');

export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
};

export function registerHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    if (request.protocol === 'https') reply.header('strict-transport-security', 'max-age=31536000');
  });
  server.addHook('onSend', async (request, reply) => {
    reply.header('cache-control', cacheControl(pathOf(request.url), reply));
  });
}

/** The path of a request target, without its query. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

/** The build names what lies in /assets by its content, so that never changes; pages are asked for each time. */
function cacheControl(path: string, reply: FastifyReply): string {
  const found = reply.statusCode === 200 || reply.statusCode === 304;
  if (path.startsWith('/assets/') && found) return 'public, max-age=31536000, immutable';
  return isApi(path) || path === '/metrics' ? 'no-store' : 'no-cache';
}

export function isApi(path: string): boolean {
  return path === '/api' || path.startsWith('/api/');
}
