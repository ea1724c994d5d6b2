/** The OpenAPI 3.1 document, made of what the routes say of themselves, so that it can't differ from them. */
import { type ErrorCode, errorCatalogue } from '../../errors.ts';
import type { Access } from '../access.ts';
import type { Operation } from './operation.ts';
import { components, ref, type Schema } from './schemas.ts';

export interface DescribedRoute {
  readonly method: string;
  /** As the router has it: `/api/accounts/:id`. */
  readonly url: string;
  readonly access: Access;
  readonly operation: Operation;
}

export function openapiDocument(routes: readonly DescribedRoute[]): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of routes) {
    const path = templateOf(route.url);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationObject(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'meterd',
      version: '1',
      description: 'Metering, rating and live bills. Money is decimal strings; failures are problem+json (RFC 9457).',
    },
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        cookie: { type: 'apiKey', in: 'cookie', name: 'meterd_session' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

/** `/api/accounts/:id` as OpenAPI writes it: `/api/accounts/{id}`. */
export function templateOf(url: string): string {
  return url.replace(/:(\w+)/g, '{$1}');
}

function operationObject({ method, url, access, operation }: DescribedRoute): Schema {
  const { tag, summary, query, body, answer } = operation;
  const signedIn = access.roles !== 'everyone';
  const inPath = [...url.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(query ?? {}).map(([name, parameter]) => ({ name, in: 'query', ...parameter }));
  const parameters = [...inPath, ...inQuery];
  return {
    operationId: operationId(method, url),
    tags: [tag],
    summary,
    ...(access.roles === 'everyone' ? {} : { description: `Roles: ${access.roles.join(', ')}.` }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: contentOf(body.type, body.schema) } } : {}),
    responses: {
      [answer.status]: {
        description: answer.description,
        ...(answer.schema ? { content: contentOf(answer.type, answer.schema) } : {}),
      },
      ...refusals([...(signedIn ? (['not-signed-in', 'forbidden'] as const) : []), ...(operation.refusals ?? [])]),
    },
    security: signedIn ? [{ cookie: [] }, { bearer: [] }] : [],
  };
}

function refusals(codes: readonly ErrorCode[]): Record<number, Schema> {
  const byStatus: Record<number, ErrorCode[]> = {};
  for (const code of codes) {
    const { status } = errorCatalogue[code];
    byStatus[status] = [...(byStatus[status] ?? []), code];
  }
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, names]) => [
      status,
      { description: names.join(', '), content: contentOf('application/problem+json', ref('Problem')) },
    ]),
  );
}

function contentOf(type = 'application/json', schema: Schema): Schema {
  return { [type]: { schema } };
}

function operationId(method: string, url: string): string {
  const words = url.split('/').filter((word) => word !== '' && word !== 'api');
  return [method.toLowerCase(), ...words.map((word) => (word === ':id' ? 'one' : word.replace(/\W/g, '-')))].join('-');
}
