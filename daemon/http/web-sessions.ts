/**
 * Who calls. People sign in: a random token in a cookie (or `Authorization: Bearer`), whose expiry goes by real time also
 * where the daemon's clock is simulated. Machines have an API token, by Bearer only. Of either only the SHA-256 is stored,
 * and it is what is looked up.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Role, SessionView, TokenRight } from '../contract.ts';
import type { StoreReader, User } from '../store/store.ts';
import type { AccountBook } from './deps.ts';
import { allRights } from './roles.ts';

export interface Caller {
  /** Of a machine `token:` and the token's id. */
  readonly login: string;
  readonly role: Role;
  readonly account: string | null;
  /** Whose API token it is, where its role is provider; else null. */
  readonly provider: string | null;
  /** Those of the API token; an administrator has all, others have none. */
  readonly rights: readonly TokenRight[];
  /** Null for a sign-in. */
  readonly tokenId: string | null;
  readonly tokenHash: string;
  /** Real UTC epoch ms; Infinity for an API token, which ends only when it is revoked. */
  readonly expiresMs: number;
}

export const sessionCookie = 'meterd_session';
const tokenOctets = 32;
/** By it people and secret scanners know an API token; its length tells it from the token of a sign-in. */
const apiTokenForm = /^mtr_[\w-]{43}$/;

interface Wanted {
  readonly reader: Pick<StoreReader, 'webSession' | 'apiToken'>;
  readonly book: Pick<AccountBook, 'putWebSession' | 'deleteWebSession'>;
  /** How long a sign-in holds. */
  readonly sessionMs: number;
}

export class WebSessions {
  readonly #deps: Wanted;
  readonly #listeners = new Set<(tokenHash: string) => void>();

  constructor(deps: Wanted) {
    this.#deps = deps;
  }

  async callerOf(request: FastifyRequest): Promise<Caller | null> {
    const bearer = bearerOf(request);
    if (bearer !== null && apiTokenForm.test(bearer)) return this.#findMachine(hashOf(bearer));
    const token = bearer ?? request.cookies[sessionCookie];
    return token === undefined ? null : this.#findPerson(hashOf(token));
  }

  /** A caller as its token stands now; null once it has ended. */
  current({ tokenId, tokenHash }: Caller): Promise<Caller | null> {
    return tokenId === null ? this.#findPerson(tokenHash) : this.#findMachine(tokenHash);
  }

  async #findPerson(tokenHash: string): Promise<Caller | null> {
    const session = await this.#deps.reader.webSession(tokenHash);
    if (session === null || session.expiresMs <= Date.now()) return null;
    const { login, role, accountId, expiresMs } = session;
    const rights = role === 'admin' ? allRights : [];
    return { login, role, account: accountId, provider: null, rights, tokenId: null, tokenHash, expiresMs };
  }

  async #findMachine(tokenHash: string): Promise<Caller | null> {
    const token = await this.#deps.reader.apiToken(tokenHash);
    if (token === null) return null;
    const { id, role, provider, rights } = token;
    const login = `token:${id}`;
    return { login, role, account: null, provider, rights, tokenId: id, tokenHash, expiresMs: Infinity };
  }

  /** Signs in: the cookie is set on the answer. */
  async begin(user: User, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const token = randomBytes(tokenOctets).toString('base64url');
    await this.#deps.book.putWebSession(hashOf(token), user.login, Date.now() + this.#deps.sessionMs);
    void reply.setCookie(sessionCookie, token, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: isSecure(request),
      maxAge: this.#deps.sessionMs / 1_000,
    });
  }

  async end(caller: Caller, reply: FastifyReply): Promise<void> {
    await this.#deps.book.deleteWebSession(caller.tokenHash);
    void reply.clearCookie(sessionCookie, { path: '/' });
    this.tellEnd(caller.tokenHash);
  }

  /** To be called when an API token was revoked. */
  tellEnd(tokenHash: string): void {
    for (const listener of this.#listeners) listener(tokenHash);
  }

  /** Tells of every sign-out and every revoked token. */
  onEnd(listener: (tokenHash: string) => void): void {
    this.#listeners.add(listener);
  }
}

export function sessionView({ login, role, account }: Caller): SessionView {
  return { login, role, account };
}

function bearerOf(request: FastifyRequest): string | null {
  return /^Bearer +([\w-]{16,128})$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

/** A new API token: 256 random bits. */
export function newApiToken(): { readonly token: string; readonly tokenHash: string } {
  const token = `mtr_${randomBytes(tokenOctets).toString('base64url')}`;
  return { token, tokenHash: hashOf(token) };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** A claim of https from anyone only makes that client's own cookie stricter, so it needs no trusted proxy. */
function isSecure(request: FastifyRequest): boolean {
  return request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https';
}
