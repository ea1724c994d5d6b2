/**
 * Sign-ins: a random token in a cookie (or `Authorization: Bearer`), of which only the SHA-256 is stored. Expiry goes by
 * real time, also where the daemon's clock is simulated.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Role, SessionView } from '../contract.ts';
import type { StoreReader, User } from '../store/store.ts';
import type { AccountBook } from './deps.ts';

export interface Caller {
  readonly login: string;
  readonly role: Role;
  readonly account: string | null;
  readonly tokenHash: string;
  /** Real UTC epoch ms. */
  readonly expiresMs: number;
}

export const sessionCookie = 'meterd_session';
const sessionMs = 12 * 3_600_000;
const tokenOctets = 32;

interface Wanted {
  readonly reader: Pick<StoreReader, 'webSession'>;
  readonly book: Pick<AccountBook, 'putWebSession' | 'deleteWebSession'>;
}

export class WebSessions {
  readonly #deps: Wanted;
  readonly #listeners = new Set<(tokenHash: string) => void>();

  constructor(deps: Wanted) {
    this.#deps = deps;
  }

  async callerOf(request: FastifyRequest): Promise<Caller | null> {
    const token = tokenOf(request);
    return token === null ? null : this.find(hashOf(token));
  }

  async find(tokenHash: string): Promise<Caller | null> {
    const session = await this.#deps.reader.webSession(tokenHash);
    if (session === null || session.expiresMs <= Date.now()) return null;
    const { login, role, accountId, expiresMs } = session;
    return { login, role, account: accountId, tokenHash, expiresMs };
  }

  /** Signs in: the cookie is set on the answer. */
  async begin(user: User, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const token = randomBytes(tokenOctets).toString('base64url');
    await this.#deps.book.putWebSession(hashOf(token), user.login, Date.now() + sessionMs);
    void reply.setCookie(sessionCookie, token, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: isSecure(request),
      maxAge: sessionMs / 1_000,
    });
  }

  async end(caller: Caller, reply: FastifyReply): Promise<void> {
    await this.#deps.book.deleteWebSession(caller.tokenHash);
    void reply.clearCookie(sessionCookie, { path: '/' });
    for (const listener of this.#listeners) listener(caller.tokenHash);
  }

  /** Tells of every sign-out. */
  onEnd(listener: (tokenHash: string) => void): void {
    this.#listeners.add(listener);
  }
}

export function sessionView({ login, role, account }: Caller): SessionView {
  return { login, role, account };
}

function tokenOf(request: FastifyRequest): string | null {
  const bearer = /^Bearer +([\w-]{16,128})$/i.exec(request.headers.authorization ?? '')?.[1];
  return bearer ?? request.cookies[sessionCookie] ?? null;
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** A claim of https from anyone only makes that client's own cookie stricter, so it needs no trusted proxy. */
function isSecure(request: FastifyRequest): boolean {
  return request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https';
}
