/**
 * Whether a request comes from a page of another site (DESIGN §7). Browsers send `Origin` with every write and every
 * WebSocket; programs send none. The scheme isn't compared: a proxy in front may have taken TLS off.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { meterdError } from '../errors.ts';

const readingMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

export function registerOriginCheck(server: FastifyInstance): void {
  server.addHook('onRequest', async (request) => {
    const writes = !readingMethods.includes(request.method) || request.ws;
    if (!writes || !hasForeignOrigin(request)) return;
    throw meterdError('origin-foreign', 'the request comes from a page of another site');
  });
}

export function hasForeignOrigin(request: FastifyRequest): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return false;
  const from = hostOf(origin);
  // `request.host` is the forwarded host where a trusted proxy tells one.
  return from === null || (from !== hostOf(`http://${host}`) && from !== hostOf(`http://${request.host}`));
}

function hostOf(url: string): string | null {
  try {
    const { host, protocol } = new URL(url);
    return protocol === 'https:' || protocol === 'http:' ? host.replace(/:(80|443)$/, '') : null;
  } catch {
    return null;
  }
}
