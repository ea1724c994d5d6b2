/** Pages: their limit and their cursor, which is opaque to clients so that it may change. */
import type { FastifyRequest } from 'fastify';
import { invalid } from './problem.ts';

export const pageLimits = { usual: 50, max: 200 } as const;

export interface PageRequest {
  /** Null: from the beginning. */
  readonly cursor: number | null;
  readonly limit: number;
}

/** A parameter of the query; null where absent. */
export function queryText(request: FastifyRequest, name: string, lengthMax = 200): string | null {
  const query = request.query as Readonly<Record<string, unknown>>;
  const value = Object.hasOwn(query, name) ? query[name] : undefined;
  if (value === undefined || value === '') return null;
  if (typeof value !== 'string') throw invalid(name, 'may be given once only');
  if (value.length > lengthMax) throw invalid(name, `must have at most ${lengthMax} characters`);
  return value;
}

export function pageRequest(request: FastifyRequest): PageRequest {
  const limitText = queryText(request, 'limit') ?? String(pageLimits.usual);
  const limit = /^\d{1,6}$/.test(limitText) ? Number(limitText) : 0;
  if (limit < 1) throw invalid('limit', `must be a whole number from 1 to ${pageLimits.max}`);
  const text = queryText(request, 'cursor');
  return { cursor: text === null ? null : cursorOf(text), limit: Math.min(limit, pageLimits.max) };
}

export function cursorText(place: number | null): string | null {
  return place === null ? null : Buffer.from(`c${place}`).toString('base64url');
}

function cursorOf(text: string): number {
  const match = /^c(\d{1,15})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  if (!match) throw invalid('cursor', 'is not one that meterd gave');
  return Number(match[1]);
}
