/** Every refusal as RFC 9457 problem details; what went wrong inside is logged, never told. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from '../contract.ts';
import { type ErrorCode, errorCatalogue, MeterdError, meterdError } from '../errors.ts';
import { isDiskFault } from '../sqlite-file.ts';

/** What a problem may carry beside the members of the RFC. */
export interface ProblemExtensions {
  /** The field of the request that is wrong. */
  readonly field?: string;
  /** Findings about a plan. */
  readonly problems?: readonly unknown[];
}

/** Bad input, by the name of its field. */
export function invalid(field: string, what: string): MeterdError {
  return meterdError('request-invalid', `${field} ${what}`, { details: { field } });
}

export function problemOf(error: MeterdError): Problem & ProblemExtensions & { readonly todo: string } {
  const { code, status } = error;
  const words = code.replaceAll('-', ' ');
  return {
    type: `urn:meterd:problem:${code}`,
    title: words.charAt(0).toUpperCase() + words.slice(1),
    status,
    code,
    detail: error.message,
    todo: errorCatalogue[code].todo,
    ...extensionsOf(error.details),
  };
}

export function sendProblem(reply: FastifyReply, error: MeterdError): FastifyReply {
  const { retryAfterS } = (error.details ?? {}) as { readonly retryAfterS?: number };
  if (retryAfterS !== undefined) reply.header('retry-after', String(retryAfterS));
  return reply
    .code(error.status)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problemOf(error)));
}

export function registerProblems(server: FastifyInstance): void {
  server.setErrorHandler((error, request, reply) => sendProblem(reply, refusalOf(error, request)));
}

/**
 * Any error as one of the catalogue: ours as they are (500 are faults of ours, 503 passes), the framework's by its
 * status, the rest as a fault of ours.
 */
export function refusalOf(error: unknown, request: FastifyRequest): MeterdError {
  if (error instanceof MeterdError && error.status !== 500) return error;
  if (isDiskFault(error)) {
    request.log.error({ err: error }, 'the disk of the data folder is full or faulty');
    return meterdError('store-unavailable', 'the disk of the data folder is full or faulty', { cause: error });
  }
  const status = error instanceof MeterdError ? 500 : statusOf(error);
  const code = codeByStatus[status];
  if (code !== undefined) return meterdError(code, (error as Error).message, { cause: error });
  request.log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'request failed');
  return meterdError('internal-error', 'meterd could not do this; its log has the cause');
}

/** Statuses the framework refuses with before a handler runs. */
const codeByStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'request-invalid',
  // Of the static files only: a path that leads out of their folder, where nothing is.
  403: 'not-found',
  413: 'body-too-large',
  414: 'request-invalid',
  415: 'media-type',
};

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : 500;
}

function extensionsOf(details: unknown): ProblemExtensions {
  if (typeof details !== 'object' || details === null) return {};
  const { field, problems } = details as ProblemExtensions;
  return { ...(field === undefined ? {} : { field }), ...(problems === undefined ? {} : { problems }) };
}
