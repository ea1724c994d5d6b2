/**
 * API tokens for machines: an administrator issues, lists and revokes them. A token is shown once, in the answer that
 * issues it. Their times are real ones, like those of sign-ins.
 */
import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { ApiTokenView, IssuedApiToken, Page, Role, TokenRight } from '../contract.ts';
import { meterdError } from '../errors.ts';
import type { ApiToken } from '../store/store.ts';
import { access, callerOf } from './access.ts';
import type { HttpContext } from './context.ts';
import { Fields } from './fields.ts';
import { pageOf, pageQuery, schemas } from './openapi/schemas.ts';
import { cursorText, pageRequest } from './paging.ts';
import { invalid } from './problem.ts';
import { allRights, machineRoles } from './roles.ts';
import { newApiToken } from './web-sessions.ts';

const limits = {
  name: { max: 100 },
  role: { max: 20 },
  provider: { max: 64, pattern: /^[A-Za-z0-9._-]+$/, wants: 'must have only letters, digits and . _ -' },
} as const;

const idOctets = 8;

export function tokenRoutes(server: FastifyInstance, { deps: { reader, book }, sessions }: HttpContext): void {
  const issueOperation = {
    tag: 'tokens',
    summary: 'Issue an API token for a machine; the answer is the only time it is shown',
    body: { schema: schemas.NewApiToken },
    answer: { status: 201, schema: schemas.IssuedApiToken, description: 'The token.' },
    refusals: ['request-invalid'],
  } as const;
  server.post(
    '/api/tokens',
    { config: { access: access.manageTokens, operation: issueOperation, audit: 'token.issue' } },
    async (request, reply) => {
      const input = readNewToken(request.body);
      const id = randomBytes(idOctets).toString('hex');
      const { token, tokenHash } = newApiToken();
      await book.addApiToken({ id, tokenHash, ...input, createdMs: Date.now() });
      request.log.info({ login: callerOf(request).login, tokenId: id, ...input }, 'API token issued');
      request.audited = { subject: `token ${id}`, after: { id, ...input } };
      const issued: IssuedApiToken = { id, ...input, token };
      return reply.code(201).send(issued);
    },
  );

  const listOperation = {
    tag: 'tokens',
    summary: 'API tokens in the order they were issued, also revoked ones, without their secrets',
    query: pageQuery,
    answer: { status: 200, schema: pageOf('ApiTokenView'), description: 'A page of tokens.' },
    refusals: ['request-invalid'],
  } as const;
  server.get(
    '/api/tokens',
    { config: { access: access.manageTokens, operation: listOperation } },
    async (request): Promise<Page<ApiTokenView>> => {
      const { cursor, limit } = pageRequest(request);
      const tokens = await reader.apiTokens();
      const from = cursor ?? 0;
      const next = cursorText(from + limit < tokens.length ? from + limit : null);
      return { items: tokens.slice(from, from + limit).map(tokenView), next };
    },
  );

  const revokeOperation = {
    tag: 'tokens',
    summary: 'Revoke an API token, at once and for good; its live sockets are closed',
    answer: { status: 204, description: 'It is revoked, now or since before.' },
    refusals: ['not-found'],
  } as const;
  server.delete(
    '/api/tokens/:id',
    { config: { access: access.manageTokens, operation: revokeOperation, audit: 'token.revoke' } },
    async (request, reply) => {
      const { id } = request.params as { id: string };
      const token = await book.revokeApiToken(id, Date.now());
      if (token === null) throw meterdError('not-found', `no API token "${id}"`);
      sessions.tellEnd(token.tokenHash);
      return reply.code(204).send();
    },
  );
}

function readNewToken(body: unknown): Pick<ApiToken, 'name' | 'role' | 'provider' | 'rights'> {
  const fields = new Fields(body);
  const name = fields.text('name', limits.name);
  const role = fields.text('role', limits.role) as Role;
  if (!machineRoles.includes(role)) fields.fail('role', `must be one of ${machineRoles.join(', ')}`);
  const provider = fields.optionalText('provider', limits.provider);
  const rights = fields.optionalList('rights', allRights.length, readRight) ?? [];
  fields.refuseUnknown();
  if (new Set(rights).size < rights.length) fields.fail('rights', 'must name each right once');
  if (role === 'provider') {
    if (provider === null) fields.fail('provider', 'is missing');
    if (rights.length === 0) fields.fail('rights', `must name at least one of ${allRights.join(', ')}`);
  } else {
    if (provider !== null) fields.fail('provider', 'belongs to the role provider only');
    if (rights.length > 0) fields.fail('rights', 'belong to the role provider only');
  }
  return { name, role, provider, rights };
}

function readRight(item: unknown, path: string): TokenRight {
  const right = allRights.find((known) => known === item);
  if (right === undefined) throw invalid(path, `must be one of ${allRights.join(', ')}`);
  return right;
}

function tokenView({ id, name, role, provider, rights, createdMs, revokedMs }: ApiToken): ApiTokenView {
  const createdAt = new Date(createdMs).toISOString();
  const revokedAt = revokedMs === null ? null : new Date(revokedMs).toISOString();
  return { id, name, role, provider, rights, createdAt, revokedAt };
}
