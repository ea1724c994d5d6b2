/**
 * `POST /api/usage`: usage events of other providers' systems as CloudEvents 1.0 over HTTP, in its three content modes:
 * structured (one event), batched, and binary (attributes in `ce-…` headers, the data as body). Bodies may be gzipped.
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { UsageAnswer } from '../contract.ts';
import { meterdError } from '../errors.ts';
import { access, callerOf } from './access.ts';
import type { HttpContext } from './context.ts';
import { schemas } from './openapi/schemas.ts';
import { invalid } from './problem.ts';

export const usageLimits = { events: 10_000, octets: 8 * 1024 * 1024 } as const;

const contentTypes = ['application/cloudevents-batch+json', 'application/cloudevents+json', 'application/json'];
const inflate = promisify(gunzip);
/** Octets that are no UTF-8 are refused: replaced by one character, they would make one id of two. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

export function usageEventRoutes(server: FastifyInstance, { deps }: HttpContext): void {
  // In a scope of its own, where JSON is read with the limits of this route.
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(contentTypes, { parseAs: 'buffer', bodyLimit: usageLimits.octets }, readBody);
    const operation = {
      tag: 'usage',
      summary: 'Report use: one CloudEvent or a batch; answered when durable, with a verdict for each',
      body: { type: contentTypes[0]!, schema: schemas.UsageEvents },
      answer: { status: 200, schema: schemas.UsageAnswer, description: 'What became of each event, in their order.' },
      refusals: ['request-invalid', 'body-too-large', 'media-type', 'log-unavailable'],
    } as const;
    scope.post(
      '/api/usage',
      { bodyLimit: usageLimits.octets, config: { access: access.reportUsage, operation, audit: null } },
      async (request): Promise<UsageAnswer> => {
        const { provider, rights } = callerOf(request);
        const events = eventsOf(request);
        return { results: await deps.events.take(events, { provider, rights: new Set(rights) }) };
      },
    );
  });
}

async function readBody(request: FastifyRequest, body: string | Buffer): Promise<unknown> {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw meterdError('media-type', `Content-Encoding may be gzip or absent, not "${encoding}"`);
  }
  const octets = encoding === 'gzip' ? await inflated(body as Buffer) : (body as Buffer);
  try {
    return JSON.parse(utf8.decode(octets));
  } catch (cause) {
    throw meterdError('request-invalid', `the body is not JSON in UTF-8: ${(cause as Error).message}`, { cause });
  }
}

async function inflated(body: Buffer): Promise<Buffer> {
  try {
    return await inflate(body, { maxOutputLength: usageLimits.octets });
  } catch (cause) {
    const tooLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    const limit = `the body inflates to more than ${usageLimits.octets} octets`;
    throw tooLarge
      ? meterdError('body-too-large', limit, { cause })
      : meterdError('request-invalid', 'the body is not gzip, though Content-Encoding says so', { cause });
  }
}

function eventsOf({ headers, body }: FastifyRequest): readonly unknown[] {
  if (headers['ce-specversion'] !== undefined) return [binaryEvent(headers, body)];
  const events = Array.isArray(body) ? body : [body];
  if (events.length > usageLimits.events) {
    throw invalid('the batch', `may have at most ${usageLimits.events} events, not ${events.length}`);
  }
  return events;
}

/** CloudEvents HTTP binding §3.1: attributes are headers, percent-encoded where they are not plain ASCII. */
function binaryEvent(headers: FastifyRequest['headers'], data: unknown): Record<string, unknown> {
  const event: Record<string, unknown> = { data };
  for (const name of ['specversion', 'id', 'source', 'type', 'subject', 'time']) {
    const value = headers[`ce-${name}`];
    if (typeof value === 'string') event[name] = decoded(value);
  }
  return event;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
