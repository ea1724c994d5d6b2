/**
 * Who may call what. Every route under /api says so in its `config.access` (a route without it is refused at start), and
 * one hook decides before the handler runs; a subscriber is held to the own account here, not in the routes.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Role } from '../contract.ts';
import { meterdError } from '../errors.ts';
import type { Operation } from './openapi/operation.ts';
import { allRoles } from './roles.ts';
import type { Caller, WebSessions } from './web-sessions.ts';

export interface Access {
  /** `everyone`: also who isn't signed in. */
  readonly roles: readonly Role[] | 'everyone';
  /**
   * How a subscriber is held to the own account: by the `id` in the path (default), or `handled` by the route itself
   * because its path names none.
   */
  readonly ownAccount?: 'path' | 'handled';
}

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly access?: Access;
    readonly operation?: Operation;
  }
  interface FastifyRequest {
    /** Who is signed in, known after `onRequest`. */
    caller: Caller | null;
  }
}

export const access = {
  everyone: { roles: 'everyone' },
  signedIn: { roles: allRoles, ownAccount: 'handled' },
  readAccount: { roles: ['subscriber', 'csr', 'operator', 'admin'] },
  listAccounts: { roles: ['subscriber', 'csr', 'operator', 'admin'], ownAccount: 'handled' },
  changeAccount: { roles: ['csr', 'admin'] },
  readBill: { roles: ['subscriber', 'csr', 'admin'] },
  watchBill: { roles: ['subscriber', 'csr', 'admin'], ownAccount: 'handled' },
  reportUsage: { roles: ['provider', 'admin'] },
  readSessions: { roles: ['csr', 'operator', 'admin'] },
  readMonitors: { roles: ['csr', 'operator', 'admin'] },
  readPlans: { roles: ['designer', 'csr', 'admin'] },
  changePlans: { roles: ['designer', 'admin'] },
  readSuspense: { roles: ['csr', 'operator', 'admin'] },
  health: { roles: ['operator', 'admin'] },
  manageTokens: { roles: ['admin'] },
  manageStaff: { roles: ['admin'] },
} as const satisfies Readonly<Record<string, Access>>;

export function registerAccess(server: FastifyInstance, sessions: WebSessions): void {
  server.decorateRequest('caller', null);
  server.addHook('onRoute', ({ url, config }) => {
    const rule = config?.access;
    if (url.startsWith('/api') && rule === undefined) throw new Error(`the route ${url} doesn't say who may call it`);
    if (rule === undefined || rule.roles === 'everyone' || !rule.roles.includes('subscriber')) return;
    if (rule.ownAccount === 'handled' || url.startsWith('/api/accounts/:id')) return;
    throw new Error(`the route ${url} admits subscribers but doesn't say how they are held to their account`);
  });
  server.addHook('onRequest', async (request) => {
    const rule = request.routeOptions.config?.access;
    if (rule !== undefined) await admit(request, rule, sessions);
  });
}

/** Finds out who calls, and refuses who may not. */
export async function admit(request: FastifyRequest, rule: Access, sessions: WebSessions): Promise<void> {
  if (rule.roles === 'everyone') return;
  request.caller = await sessions.callerOf(request);
  const caller = callerOf(request);
  if (!rule.roles.includes(caller.role)) {
    throw meterdError('forbidden', `the role ${caller.role} may not do this`);
  }
  if (rule.ownAccount !== 'handled') holdToOwnAccount(caller, (request.params as { id?: string }).id);
}

/** The same answer for another's account and for none, so that nobody can find out which there are. */
export function holdToOwnAccount(caller: Caller, account: string | undefined): void {
  if (caller.role === 'subscriber' && (caller.account === null || account !== caller.account)) {
    throw meterdError('forbidden', 'a subscriber may see the own account only');
  }
}

/** Who calls. @throws MeterdError `not-signed-in` */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw meterdError('not-signed-in', 'this needs a sign-in');
  return request.caller;
}
