/**
 * The audit log: every route that changes something says so in its `config.audit` (one that doesn't say is refused at
 * start), and what is asked is stored before the handler runs, so that no change can be without its entry. The outcome
 * is added before the answer is sent. Secrets are never kept.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AuditView, Page } from '../contract.ts';
import type { AuditEntry } from '../store/store.ts';
import { access } from './access.ts';
import type { HttpContext } from './context.ts';
import type { HttpDeps } from './deps.ts';
import { pageOf, pageQuery, text } from './openapi/schemas.ts';
import { cursorText, pageRequest, queryText } from './paging.ts';

/** What happened, in words that stay the same (`account.change`); null for a request that changes nothing of account. */
export type AuditAction = string | null;

export interface Audited {
  readonly subject: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly audit?: AuditAction;
  }
  interface FastifyRequest {
    auditId: number | null;
    audited: Audited | null;
  }
}

const textMax = 16 * 1024;
const secretFields = /password|secret|token/i;

export function registerAudit(server: FastifyInstance, { book, logger }: Pick<HttpDeps, 'book' | 'logger'>): void {
  server.decorateRequest('auditId', null);
  server.decorateRequest('audited', null);
  server.addHook('onRoute', ({ method, url, config }) => {
    const changes = !['GET', 'HEAD', 'OPTIONS'].includes(String(method));
    if (changes && url.startsWith('/api') && config?.audit === undefined) {
      throw new Error(`the route ${String(method)} ${url} doesn't say how it is audited`);
    }
  });
  server.addHook('preHandler', async (request) => {
    const action = request.routeOptions.config?.audit;
    if (action == null) return;
    request.auditId = await book.addAudit({
      atMs: Date.now(),
      login: request.caller?.login ?? '',
      address: request.ip,
      action,
      subject: subjectOf(request),
      asked: jsonOf(request.body),
    });
  });
  server.addHook('onSend', async (request, reply) => {
    const { auditId: id, audited } = request;
    if (id === null) return;
    request.auditId = null;
    const outcome = {
      subject: audited?.subject ?? subjectOf(request),
      status: reply.statusCode,
      before: jsonOf(audited?.before),
      after: jsonOf(audited?.after),
    };
    // The entry is there already, and the change is done: its answer must not be lost for this.
    await book.completeAudit(id, outcome).catch((err) => logger.error({ err, id }, 'an audit entry stays incomplete'));
  });
}

export function auditRoutes(server: FastifyInstance, { deps: { reader } }: HttpContext): void {
  const operation = {
    tag: 'accounts',
    summary: 'Changes that were asked for, by whom and with what outcome, newest first',
    query: {
      ...pageQuery,
      subject: { schema: text(), description: 'Only of one subject: `account alice`, `plan evening`, `user ann`.' },
    },
    answer: { status: 200, schema: pageOf('AuditView'), description: 'A page of entries.' },
    refusals: ['request-invalid'],
  } as const;
  server.get(
    '/api/audit',
    { config: { access: access.changeAccount, operation } },
    async (request): Promise<Page<AuditView>> => {
      const { cursor, limit } = pageRequest(request);
      const { items, next } = await reader.auditPage(cursor, limit, queryText(request, 'subject', 300));
      return { items: items.map(auditView), next: cursorText(next) };
    },
  );
}

function auditView({ id, atMs, login, address, action, subject, status, ...texts }: AuditEntry): AuditView {
  return {
    id,
    at: new Date(atMs).toISOString(),
    login,
    address,
    action,
    subject,
    status,
    asked: parsed(texts.asked),
    before: parsed(texts.before),
    after: parsed(texts.after),
  };
}

/** Of the path, until the handler knows better. */
function subjectOf(request: FastifyRequest): string {
  const { id, kind: tableKind, name } = (request.params ?? {}) as { id?: string; kind?: string; name?: string };
  if (tableKind !== undefined) return `table ${tableKind}/${name}`;
  const kind = /^\/api\/(account|plan|token|user)s\b/.exec(request.routeOptions.url ?? '')?.[1];
  return kind === undefined || id === undefined ? '' : `${kind} ${id}`;
}

function jsonOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return JSON.stringify(`${value.length} characters`);
  if (Buffer.isBuffer(value)) return JSON.stringify(`${value.length} octets`);
  const json = JSON.stringify(value, (key, inner) => (secretFields.test(key) && inner !== null ? '…' : inner));
  return json.length <= textMax ? json : JSON.stringify(`${json.length} characters`);
}

function parsed(json: string | null): unknown {
  return json === null ? null : JSON.parse(json);
}
