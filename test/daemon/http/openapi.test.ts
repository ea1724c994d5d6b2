import { afterAll, beforeAll, expect, test } from 'vitest';
import { errorCatalogue } from '../../../daemon/errors.ts';
import { templateOf } from '../../../daemon/http/openapi/document.ts';
import { buildServer } from '../../../daemon/http/server.ts';
import { type DaemonStub, startStub } from './daemon-stub.ts';

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { responses: object; operationId: string; parameters?: object[] }>>;
  readonly components: { readonly schemas: Record<string, object> };
}

let stub: DaemonStub;
let document: Document;
beforeAll(async () => {
  stub = await startStub();
  document = (await stub.ask(null, { url: '/api/openapi.json' })).json();
});
afterAll(() => stub.close());

test('every route is in the document, and the document has no others', async () => {
  const { metrics: _, ...deps } = stub.deps;
  const { Registry } = await import('prom-client');
  const server = buildServer({ ...deps, metrics: new Registry() });
  await server.ready();
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
  );
  for (const [method, path] of documented) {
    const url = path.replace(/\{(\w+)\}/g, ':$1');
    expect(server.hasRoute({ method: method as 'GET', url }), `${method} ${path}`).toBe(true);
  }
  expect(documented.length).toBe(routesPrinted(server.printRoutes({ commonPrefix: false })));
  await server.close();
});

/** Routes of the printed tree, without the HEADs fastify adds and the wildcard of the pages. */
function routesPrinted(tree: string): number {
  const methods = [...tree.matchAll(/^.*?([^\s│├└─]\S*) \(([A-Z, ]+)\)$/gm)];
  return methods
    .filter(([, path]) => path !== '*' && path !== '/*')
    .flatMap(([, , names]) => names!.split(', '))
    .filter((name) => name !== 'HEAD').length;
}

test('references lead somewhere, and names of operations differ', () => {
  const text = JSON.stringify(document);
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    expect(document.components.schemas).toHaveProperty(name!);
  }
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const names = operations.map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
  expect(document.openapi).toBe('3.1.0');
});

test('parameters of the path are described', () => {
  expect(templateOf('/api/accounts/:id/bill')).toBe('/api/accounts/{id}/bill');
  expect(document.paths['/api/accounts/{id}/bill']!.get!.parameters).toMatchObject([
    { name: 'id', in: 'path', required: true },
    { name: 'period', in: 'query' },
  ]);
});

test('refusals that a route names are of its catalogue’s status', () => {
  const { responses } = document.paths['/api/plans/{id}']!.put!;
  expect(Object.keys(responses).map(Number).sort()).toEqual([201, 400, 401, 403, 409, 413, 422]);
  expect(errorCatalogue['plan-invalid'].status).toBe(422);
});
