/** Signing in, asking who is signed in, and signing out. */
import type { FastifyInstance } from 'fastify';
import type { SessionView } from '../contract.ts';
import { meterdError } from '../errors.ts';
import { access, callerOf } from './access.ts';
import type { HttpContext } from './context.ts';
import { Fields } from './fields.ts';
import type { HttpMetrics } from './metrics.ts';
import { schemas } from './openapi/schemas.ts';
import { verifyPassword } from './password.ts';
import type { SignInThrottle } from './sign-in-throttle.ts';
import { sessionView } from './web-sessions.ts';

export const credentialLimits = { login: { max: 256 }, password: { max: 256 } } as const;

export interface SignInParts {
  readonly metrics: HttpMetrics;
  readonly throttle: SignInThrottle;
}

export function sessionRoutes(
  server: FastifyInstance,
  { deps, sessions }: HttpContext,
  { metrics, throttle }: SignInParts,
): void {
  const beginOperation = {
    tag: 'session',
    summary: 'Sign in; the answer sets the session cookie',
    body: { schema: schemas.SignIn },
    answer: { status: 200, schema: schemas.SessionView, description: 'Who is signed in now.' },
    refusals: ['request-invalid', 'sign-in-failed', 'sign-in-throttled'],
  } as const;
  server.post(
    '/api/session',
    { config: { access: access.everyone, operation: beginOperation, audit: null } },
    async (request, reply): Promise<SessionView> => {
      const fields = new Fields(request.body);
      const login = fields.text('login', credentialLimits.login);
      const password = fields.text('password', credentialLimits.password);
      fields.refuseUnknown();
      try {
        throttle.take(login, request.ip);
      } catch (cause) {
        metrics.countSignIn('throttled');
        throw cause;
      }
      const user = await deps.reader.user(login);
      const right = await verifyPassword(password, user?.passwordHash ?? null);
      if (user === null || !right) {
        metrics.countSignIn('failed');
        request.log.info({ login, address: request.ip }, 'sign-in failed');
        throw meterdError('sign-in-failed', 'login or password is wrong');
      }
      if (user.disabled) {
        metrics.countSignIn('failed');
        throw meterdError('sign-in-failed', 'this login is disabled; an administrator can enable it');
      }
      throttle.giveBack(login, request.ip);
      metrics.countSignIn('ok');
      await sessions.begin(user, request, reply);
      return { login: user.login, role: user.role, account: user.accountId };
    },
  );

  const askOperation = {
    tag: 'session',
    summary: 'Who is signed in',
    answer: {
      status: 200,
      schema: schemas.SessionOrNone,
      description: 'Login, role and own account; null for nobody.',
    },
    refusals: ['not-signed-in'],
  } as const;
  server.get(
    '/api/session',
    { config: { access: access.everyone, operation: askOperation } },
    async (request, reply) => {
      const caller = await sessions.callerOf(request);
      if (caller !== null) return sessionView(caller);
      // A program that shows a token wants to hear that it is none. A page only asks, and a browser would log a 401.
      if (request.headers.authorization !== undefined) throw meterdError('not-signed-in', 'the token is not valid');
      return reply.type('application/json; charset=utf-8').send('null');
    },
  );

  const endOperation = {
    tag: 'session',
    summary: 'Sign out; the live sockets of the session are closed',
    answer: { status: 204, description: 'Signed out; an API token is refused, it ends by DELETE /api/tokens/{id}.' },
  } as const;
  server.delete(
    '/api/session',
    { config: { access: access.signedIn, operation: endOperation, audit: null } },
    async (request, reply) => {
      const caller = callerOf(request);
      if (caller.tokenId !== null) {
        throw meterdError('forbidden', 'an API token does not sign out; an administrator revokes it');
      }
      await sessions.end(caller, reply);
      return reply.code(204).send();
    },
  );
}
