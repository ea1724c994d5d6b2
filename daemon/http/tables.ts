/** Tables that plans name: taxes, currency rates, dial plans, locations, holidays. Imported while running. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type TableKind, tableKinds } from '../../rating/index.ts';
import type { Page, TableView } from '../contract.ts';
import { meterdError } from '../errors.ts';
import { importedOctets, storedText, withStored } from '../plans/stored-tables.ts';
import type { StoredTable } from '../store/store.ts';
import { access } from './access.ts';
import type { HttpContext } from './context.ts';
import { pageOf, schemas, text } from './openapi/schemas.ts';
import { queryText } from './paging.ts';
import { invalid } from './problem.ts';

const tableOctetsMax = 32 * 1024 * 1024;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const csv = { type: 'text/csv', schema: text() } as const;
const from = { schema: text({ format: 'date' }), description: 'Dial plans and locations: the local day it begins.' };

export function tableRoutes(server: FastifyInstance, { deps }: HttpContext): void {
  const { reader, book, clock } = deps;

  const listOperation = {
    tag: 'plans',
    summary: 'Tables that plans may name, in the order they were imported',
    answer: { status: 200, schema: pageOf('TableView'), description: 'All of them.' },
  } as const;
  server.get(
    '/api/tables',
    { config: { access: access.readPlans, operation: listOperation } },
    async (): Promise<Page<TableView>> => ({ items: (await reader.ratingTables()).map(tableView), next: null }),
  );

  const readOperation = {
    tag: 'plans',
    summary: 'A table as it was imported; of several that follow each other, the one imported last',
    answer: { status: 200, ...csv, description: 'The table.' },
    refusals: ['request-invalid', 'not-found'],
  } as const;
  server.get(
    '/api/tables/:kind/:name',
    { config: { access: access.readPlans, operation: readOperation } },
    async (request, reply) => {
      const { kind, name } = tableOfPath(request);
      const table = (await reader.ratingTables()).findLast((known) => known.kind === kind && known.name === name);
      if (table === undefined) throw meterdError('not-found', `there is no table "${name}" of ${kind}`);
      const { octets, isMmdb } = importedOctets(table.text);
      return reply.type(isMmdb ? 'application/octet-stream' : 'text/csv; charset=utf-8').send(octets);
    },
  );

  // Text of whatever type the client calls it.
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: tableOctetsMax }, (_request, body, done) =>
      done(null, body),
    );
    const putOperation = {
      tag: 'plans',
      summary: 'Import a table; it takes the place of the one of that name (and day), and what is rated stays',
      query: { from },
      body: csv,
      answer: { status: 201, schema: schemas.TableView, description: 'The table.' },
      refusals: ['request-invalid', 'table-invalid', 'body-too-large'],
    } as const;
    scope.put(
      '/api/tables/:kind/:name',
      {
        bodyLimit: tableOctetsMax,
        config: { access: access.changePlans, operation: putOperation, audit: 'table.put' },
      },
      async (request, reply) => {
        const { kind, name } = tableOfPath(request);
        const day = queryText(request, 'from');
        if (!Buffer.isBuffer(request.body)) throw invalid('the body', 'must be the table as CSV, or a MaxMind DB file');
        const table: StoredTable = { kind, name, from: day, text: storedText(request.body), createdMs: clock() };
        const result = withStored({}, table);
        if ('problem' in result) {
          const { line, message } = result.problem;
          throw meterdError('table-invalid', `line ${line}: ${message}`);
        }
        await book.putRatingTable(table);
        return reply.code(201).send(tableView(table));
      },
    );
  });
}

function tableOfPath(request: FastifyRequest): { readonly kind: TableKind; readonly name: string } {
  const { kind, name } = request.params as { kind: string; name: string };
  const known = tableKinds.find((candidate) => candidate === kind);
  if (known === undefined) throw invalid('kind', `must be one of ${tableKinds.join(', ')}`);
  if (!namePattern.test(name)) throw invalid('name', 'must have 1 to 64 letters, digits and . _ -');
  return { kind: known, name };
}

function tableView({ kind, name, from: day, text: body, createdMs }: StoredTable): TableView {
  const octets = importedOctets(body).octets.length;
  return { kind, name, from: day, octets, importedAt: new Date(createdMs).toISOString() };
}
