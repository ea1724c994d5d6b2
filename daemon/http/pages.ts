/**
 * The built pages. They are one application: an address that is no file but asked for as a page gets index.html, and
 * the page finds its way by the address itself.
 */
import { access as accessible } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { meterdError } from '../errors.ts';
import { isApi, pathOf } from './headers.ts';
import { sendProblem } from './problem.ts';

const notBuilt = 'The pages are not built yet: run "npm run build" in the folder of meterd, then reload.\n';

export function registerPages(server: FastifyInstance, webRoot: string): void {
  // Cache-Control is set in headers.ts; the wildcard also serves what is built while the daemon runs.
  server.register(fastifyStatic, { root: webRoot, cacheControl: false, dotfiles: 'ignore', index: ['index.html'] });
  server.setNotFoundHandler(async (request, reply) => {
    const path = pathOf(request.url);
    if (isApi(path) || !asksForPage(request)) {
      return sendProblem(reply, meterdError('not-found', `nothing is at ${request.method} ${path.slice(0, 200)}`));
    }
    return sendPage(reply, webRoot);
  });
}

async function sendPage(reply: FastifyReply, webRoot: string): Promise<FastifyReply> {
  try {
    await accessible(join(webRoot, 'index.html'));
  } catch {
    return reply.code(503).type('text/plain; charset=utf-8').send(notBuilt);
  }
  return reply.sendFile('index.html');
}

function asksForPage(request: FastifyRequest): boolean {
  const path = pathOf(request.url);
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  // An asset that is gone must not become the page, least of all one that is kept for good.
  if (path.startsWith('/assets/')) return false;
  return path === '/' || (request.headers.accept ?? '').includes('text/html');
}
