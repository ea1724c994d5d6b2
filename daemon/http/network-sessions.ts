/** Sessions of network devices, open and closed, newest first: of everyone for staff, and those of one account. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { openSessionView } from '../bills/bill-view.ts';
import type { NetworkSessionView, Page } from '../contract.ts';
import type { SessionFilter, SessionRow, StoreReader } from '../store/store.ts';
import { access } from './access.ts';
import { accountOfPath } from './accounts.ts';
import type { HttpContext } from './context.ts';
import { instantMs, instantWanted } from './fields.ts';
import { pageOf, pageQuery, text } from './openapi/schemas.ts';
import { cursorText, pageRequest, queryText } from './paging.ts';
import { invalid } from './problem.ts';

const filterQuery = {
  state: { schema: { enum: ['open', 'closed'] }, description: 'Only these; default both.' },
  device: { schema: text(), description: 'The device, with its group: `access/nas-1`.' },
  session: { schema: text(), description: 'Acct-Session-Id.' },
  login: { schema: text(), description: 'User-Name, as the device told it last.' },
  attribute: {
    schema: text(),
    description: 'An attribute’s name and its whole value: `Framed-IP-Address=192.0.2.7`.',
  },
  since: { schema: text({ format: 'date-time' }), description: 'Heard at or after this time.' },
} as const;
const pageNote = 'A page of sessions; it may have fewer than `limit`, even none, while `next` is not null.';

export function networkSessionRoutes(server: FastifyInstance, { deps: { reader } }: HttpContext): void {
  const allOperation = {
    tag: 'sessions',
    summary: 'Sessions of network devices, newest first',
    query: { account: { schema: text(), description: 'Id of the account.' }, ...filterQuery, ...pageQuery },
    answer: { status: 200, schema: pageOf('NetworkSessionView'), description: pageNote },
    refusals: ['request-invalid'],
  } as const;
  server.get(
    '/api/sessions',
    { config: { access: access.readSessions, operation: allOperation } },
    async (request): Promise<Page<NetworkSessionView>> => {
      const id = queryText(request, 'account');
      const account = id === null ? null : await reader.account(id);
      if (id !== null && account === null) return { items: [], next: null };
      return pageOfSessions(reader, request, account === null ? {} : { account: account.no });
    },
  );

  const ofAccountOperation = {
    tag: 'sessions',
    summary: 'Sessions of an account, newest first; `concurrent` says how many are open',
    query: { ...filterQuery, ...pageQuery },
    answer: { status: 200, schema: pageOf('NetworkSessionView'), description: pageNote },
    refusals: ['request-invalid', 'account-unknown'],
  } as const;
  server.get(
    '/api/accounts/:id/sessions',
    { config: { access: access.readAccount, operation: ofAccountOperation } },
    async (request): Promise<Page<NetworkSessionView>> => {
      const { no } = await accountOfPath(reader, request);
      return pageOfSessions(reader, request, { account: no });
    },
  );
}

async function pageOfSessions(
  reader: StoreReader,
  request: FastifyRequest,
  whose: SessionFilter,
): Promise<Page<NetworkSessionView>> {
  const { cursor, limit } = pageRequest(request);
  const { items, next } = await reader.sessionsPage({ ...filterOf(request), ...whose }, cursor, limit);
  const accounts = new Map<number, Pick<NetworkSessionView, 'account' | 'concurrent'>>();
  for (const { state } of items) {
    if (accounts.has(state.account)) continue;
    const { count: concurrent } = await reader.openSessionsOfAccount(state.account, 1);
    accounts.set(state.account, { account: (await reader.accountByNo(state.account))?.id ?? '', concurrent });
  }
  return {
    items: items.map((row) => ({ ...sessionView(row), ...accounts.get(row.state.account)! })),
    next: cursorText(next),
  };
}

function sessionView(row: SessionRow): Omit<NetworkSessionView, 'account' | 'concurrent'> {
  const { incarnation, open, closedBy, lastHeardMs, details } = row.state;
  return {
    ...openSessionView(row),
    login: details.login,
    incarnation,
    open,
    closedBy,
    lastHeardAt: new Date(lastHeardMs).toISOString(),
    attributes: details.attributes,
  };
}

function filterOf(request: FastifyRequest): SessionFilter {
  const state = queryText(request, 'state');
  if (state !== null && state !== 'open' && state !== 'closed') throw invalid('state', 'must be open or closed');
  const since = queryText(request, 'since');
  const sinceMs = since === null ? null : instantMs(since);
  if (since !== null && sinceMs === null) throw invalid('since', instantWanted);
  const pair = queryText(request, 'attribute', 400);
  const match = pair === null ? null : /^([^=]{1,128})=(.+)$/s.exec(pair);
  if (pair !== null && match === null) throw invalid('attribute', 'must be NAME=VALUE');
  const given = {
    device: queryText(request, 'device', 400),
    session: queryText(request, 'session', 300),
    login: queryText(request, 'login', 300),
  };
  return {
    ...(given.device === null ? {} : { device: given.device }),
    ...(given.session === null ? {} : { session: given.session }),
    ...(given.login === null ? {} : { login: given.login }),
    ...(match === null ? {} : { attribute: { name: match[1]!, value: match[2]! } }),
    ...(state === null ? {} : { open: state === 'open' }),
    ...(sinceMs === null ? {} : { sinceMs }),
  };
}
