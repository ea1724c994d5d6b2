/** Which page is at which address, and who may see it. */
import type { Role, SessionView } from '../daemon/contract.ts';

export type Place =
  | { readonly page: 'bill'; readonly account: string; readonly own: boolean }
  | { readonly page: 'display'; readonly account: string; readonly own: boolean }
  | { readonly page: 'band'; readonly account: string; readonly own: boolean }
  | { readonly page: 'accounts' }
  | { readonly page: 'health' }
  | { readonly page: 'manage'; readonly account: string }
  | { readonly page: 'audit' }
  | { readonly page: 'staff' }
  | { readonly page: 'password' }
  | { readonly page: 'nothing-yet' }
  | { readonly page: 'not-yours' }
  | { readonly page: 'not-found' }
  | { readonly page: 'elsewhere'; readonly path: string };

const mayList: readonly Role[] = ['csr', 'admin'];
const mayWatch: readonly Role[] = ['operator', 'admin'];
const mayManageStaff: readonly Role[] = ['admin'];

export interface NavEntry {
  readonly path: string;
  readonly name: 'bill' | 'accounts' | 'audit' | 'staff' | 'health';
}

export function navFor({ role, account }: SessionView): readonly NavEntry[] {
  return [
    ...(account === null ? [] : [{ path: '/', name: 'bill' } as const]),
    ...(mayList.includes(role) ? [{ path: '/accounts', name: 'accounts' } as const] : []),
    ...(mayList.includes(role) ? [{ path: '/audit', name: 'audit' } as const] : []),
    ...(mayManageStaff.includes(role) ? [{ path: '/staff', name: 'staff' } as const] : []),
    ...(mayWatch.includes(role) ? [{ path: '/health', name: 'health' } as const] : []),
  ];
}

export function placeAt(path: string, session: SessionView): Place {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.length === 0) return start(session);
  if (parts[0] === 'health' && parts.length === 1) return guarded(mayWatch, session, { page: 'health' });
  if (parts[0] === 'accounts' && parts.length === 1) return guarded(mayList, session, { page: 'accounts' });
  if (parts[0] === 'audit' && parts.length === 1) return guarded(mayList, session, { page: 'audit' });
  if (parts[0] === 'staff' && parts.length === 1) return guarded(mayManageStaff, session, { page: 'staff' });
  if (parts[0] === 'password' && parts.length === 1) return { page: 'password' };
  if (parts[0] === 'accounts' && parts[2] === 'manage' && parts.length === 3) {
    const account = decoded(parts[1]!);
    return account === null ? { page: 'not-found' } : guarded(mayList, session, { page: 'manage', account });
  }
  const page = pagesOfAccount.get(parts[0]!);
  if (page === undefined || parts.length > 2) return { page: 'not-found' };
  if (parts.length === 1) return ofOwn(page, session);
  const account = decoded(parts[1]!);
  if (account === null) return { page: 'not-found' };
  const own = account === session.account;
  return own ? { page, account, own } : guarded(mayList, session, { page, account, own });
}

export function accountPath(id: string): string {
  return `/accounts/${encodeURIComponent(id)}`;
}

export function managePath(id: string): string {
  return `${accountPath(id)}/manage`;
}

/** An account's pages as its own subscriber or as staff reach them. */
export function pathsOf({ account, own }: { readonly account: string; readonly own: boolean }) {
  const end = own ? '' : `/${encodeURIComponent(account)}`;
  return { bill: own ? '/' : accountPath(account), display: `/instant-ip${end}`, band: `/band${end}` };
}

/** The band stands alone in its window, without the head of the other pages. */
export function isBand(path: string): boolean {
  return path === '/band' || path.startsWith('/band/');
}

const pagesOfAccount: ReadonlyMap<string, 'bill' | 'display' | 'band'> = new Map([
  ['accounts', 'bill'],
  ['instant-ip', 'display'],
  ['band', 'band'],
]);

/** Whoever has no account of their own chooses one first. */
function ofOwn(page: 'bill' | 'display' | 'band', session: SessionView): Place {
  const { account } = session;
  return account === null ? { page: 'elsewhere', path: '/' } : { page, account, own: true };
}

function start(session: SessionView): Place {
  if (session.account !== null) return { page: 'bill', account: session.account, own: true };
  const first = navFor(session)[0];
  return first ? { page: 'elsewhere', path: first.path } : { page: 'nothing-yet' };
}

function guarded(roles: readonly Role[], { role }: SessionView, place: Place): Place {
  return roles.includes(role) ? place : { page: 'not-yours' };
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
