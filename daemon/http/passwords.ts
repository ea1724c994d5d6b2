/** New passwords: by the user, who knows the old one, and by staff for a subscriber who has forgotten it. */
import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { ResetPassword } from '../contract.ts';
import { meterdError } from '../errors.ts';
import { access, callerOf } from './access.ts';
import { changedSubscriber } from './account-changes.ts';
import { accountOfPath } from './accounts.ts';
import type { HttpContext } from './context.ts';
import { Fields } from './fields.ts';
import { schemas } from './openapi/schemas.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { credentialLimits } from './session.ts';
import type { SignInThrottle } from './sign-in-throttle.ts';

/** Of passwords that people choose from now on. */
export const passwordCharactersMin = 8;
const randomOctets = 9;

export function randomPassword(): string {
  return randomBytes(randomOctets).toString('base64url');
}

export function passwordRoutes(
  server: FastifyInstance,
  { deps, sessions }: HttpContext,
  throttle: SignInThrottle,
): void {
  const { reader, book } = deps;
  const changeOperation = {
    tag: 'session',
    summary: 'Change the own password; every other sign-in of this login ends',
    body: { schema: schemas.PasswordChange },
    answer: { status: 204, description: 'Changed; the answer sets a new session cookie.' },
    refusals: ['request-invalid', 'sign-in-failed', 'sign-in-throttled'],
  } as const;
  server.put(
    '/api/session/password',
    { config: { access: access.signedIn, operation: changeOperation, audit: 'password.change' } },
    async (request, reply) => {
      const { login, tokenId } = callerOf(request);
      if (tokenId !== null) throw meterdError('forbidden', 'an API token has no password');
      request.audited = { subject: `user ${login}` };
      const fields = new Fields(request.body);
      const current = fields.text('currentPassword', credentialLimits.password);
      const next = fields.text('newPassword', credentialLimits.password);
      fields.refuseUnknown();
      checkLength(fields, 'newPassword', next);
      throttle.take(login, request.ip);
      const user = await reader.user(login);
      if (user === null || !(await verifyPassword(current, user.passwordHash))) {
        throw meterdError('request-invalid', 'the current password is wrong', {
          details: { field: 'currentPassword' },
        });
      }
      throttle.giveBack(login, request.ip);
      const changed = { ...user, passwordHash: await hashPassword(next) };
      await book.putUser(changed);
      await sessions.begin(changed, request, reply);
      return reply.code(204).send();
    },
  );

  const resetOperation = {
    tag: 'accounts',
    summary: 'Give the subscriber of an account a new random password, told this once; their sign-ins end',
    answer: { status: 200, schema: schemas.ResetPassword, description: 'Login and new password.' },
    refusals: ['account-unknown', 'login-exists'],
  } as const;
  server.post(
    '/api/accounts/:id/password',
    { config: { access: access.changeAccount, operation: resetOperation, audit: 'password.reset' } },
    async (request): Promise<ResetPassword> => {
      const account = await accountOfPath(reader, request);
      const password = randomPassword();
      const user = await changedSubscriber(deps, account, password);
      await book.putUser(user);
      request.audited = { subject: `account ${account.id}`, after: { login: user.login } };
      return { login: user.login, password };
    },
  );
}

export function checkLength(fields: Fields, field: string, password: string): void {
  if (password.length < passwordCharactersMin) {
    fields.fail(field, `must have at least ${passwordCharactersMin} characters`);
  }
}
