/** `/api/openapi.json`: collects the routes as they are registered, hence to be registered before them. */
import type { FastifyInstance } from 'fastify';
import { access } from './access.ts';
import { type DescribedRoute, openapiDocument } from './openapi/document.ts';

export function openapiRoutes(server: FastifyInstance): void {
  const routes: DescribedRoute[] = [];
  server.addHook('onRoute', ({ method, url, config }) => {
    const rule = config?.access;
    const operation = config?.operation;
    // Fastify adds a HEAD to every GET, which says nothing new.
    if (method === 'HEAD' || rule === undefined) return;
    if (operation === undefined) throw new Error(`the route ${url} isn't described`);
    routes.push({ method: String(method), url, access: rule, operation });
  });

  const operation = {
    tag: 'daemon',
    summary: 'This document',
    answer: { status: 200, schema: { type: 'object' }, description: 'An OpenAPI 3.1 document.' },
  } as const;
  let document: object | null = null;
  server.get('/api/openapi.json', { config: { access: access.everyone, operation } }, async () => {
    document ??= openapiDocument(routes);
    return document;
  });
}
