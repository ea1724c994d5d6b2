/**
 * Users of staff: an administrator makes them, gives new passwords, disables and enables them. Nobody is removed, so that
 * the logins of the audit log stay those of the same people. The own password is changed by passwords.ts.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Page, Role, StaffSignIn, StaffUserView } from '../contract.ts';
import { meterdError } from '../errors.ts';
import type { User } from '../store/store.ts';
import { access, callerOf } from './access.ts';
import type { HttpContext } from './context.ts';
import { Fields } from './fields.ts';
import { pageOf, pageQuery, schemas } from './openapi/schemas.ts';
import { cursorText, pageRequest } from './paging.ts';
import { hashPassword } from './password.ts';
import { checkLength, randomPassword } from './passwords.ts';
import { staffRoles } from './roles.ts';
import { credentialLimits } from './session.ts';

const limits = {
  login: { max: 64, pattern: /^[\w.@+-]+$/, wants: 'must have only letters, digits and . _ @ + -' },
  role: { max: 20 },
} as const;

export function staffRoutes(server: FastifyInstance, { deps: { reader, book } }: HttpContext): void {
  const listOperation = {
    tag: 'staff',
    summary: 'Who of staff signs in, by login, also who is disabled',
    query: pageQuery,
    answer: { status: 200, schema: pageOf('StaffUserView'), description: 'A page of users.' },
    refusals: ['request-invalid'],
  } as const;
  server.get(
    '/api/users',
    { config: { access: access.manageStaff, operation: listOperation } },
    async (request): Promise<Page<StaffUserView>> => {
      const { cursor, limit } = pageRequest(request);
      const staff = await reader.staff();
      const from = cursor ?? 0;
      const next = cursorText(from + limit < staff.length ? from + limit : null);
      return { items: staff.slice(from, from + limit).map(staffView), next };
    },
  );

  const makeOperation = {
    tag: 'staff',
    summary: 'Make a user of staff, with the password given or a random one, told this once',
    body: { schema: schemas.NewStaffUser },
    answer: { status: 201, schema: schemas.StaffSignIn, description: 'Login and, if random, password.' },
    refusals: ['request-invalid', 'login-exists'],
  } as const;
  server.post(
    '/api/users',
    { config: { access: access.manageStaff, operation: makeOperation, audit: 'staff.create' } },
    async (request, reply) => {
      const fields = new Fields(request.body);
      const login = fields.text('login', limits.login);
      const role = fields.text('role', limits.role) as Role;
      if (!staffRoles.includes(role)) fields.fail('role', `must be one of ${staffRoles.join(', ')}`);
      const given = readPassword(fields);
      request.audited = { subject: `user ${login}` };
      const password = given ?? randomPassword();
      await book.addUser({ login, passwordHash: await hashPassword(password), role, accountId: null });
      request.audited = { subject: `user ${login}`, after: { login, role, disabled: false } };
      const made: StaffSignIn = { login, password: given === null ? password : null };
      return reply.code(201).send(made);
    },
  );

  const resetOperation = {
    tag: 'staff',
    summary: 'Give a user of staff a new password, the one given or a random one, told this once; their sign-ins end',
    body: { schema: schemas.StaffPassword },
    answer: { status: 200, schema: schemas.StaffSignIn, description: 'Login and, if random, new password.' },
    refusals: ['request-invalid', 'not-found'],
  } as const;
  server.post(
    '/api/users/:id/password',
    { config: { access: access.manageStaff, operation: resetOperation, audit: 'staff.password' } },
    async (request): Promise<StaffSignIn> => {
      const user = await otherUser(request);
      const given = readPassword(new Fields(request.body));
      const password = given ?? randomPassword();
      await book.putUser({ ...user, passwordHash: await hashPassword(password) });
      return { login: user.login, password: given === null ? password : null };
    },
  );

  const changeOperation = {
    tag: 'staff',
    summary: 'Disable a user of staff, whose sign-ins end at once, or enable them again',
    body: { schema: schemas.StaffUserChange },
    answer: { status: 200, schema: schemas.StaffUserView, description: 'The user as changed.' },
    refusals: ['request-invalid', 'not-found', 'last-admin'],
  } as const;
  server.patch(
    '/api/users/:id',
    { config: { access: access.manageStaff, operation: changeOperation, audit: 'staff.change' } },
    async (request): Promise<StaffUserView> => {
      const user = await otherUser(request);
      const fields = new Fields(request.body);
      const disabled = fields.optionalBoolean('disabled') ?? fields.fail('disabled', 'is missing');
      fields.refuseUnknown();
      await book.setUserDisabled(user.login, disabled);
      const [before, after] = [staffView(user), staffView({ ...user, disabled })];
      request.audited = { subject: `user ${user.login}`, before, after };
      return after;
    },
  );

  /** The user of the path, who must be another than who asks: nobody locks themselves out. */
  async function otherUser(request: FastifyRequest): Promise<User> {
    const { id } = request.params as { id: string };
    const user = (await reader.staff()).find(({ login }) => login === id);
    if (user === undefined) throw meterdError('not-found', `no user of staff "${id}"`);
    if (callerOf(request).login === id) {
      throw meterdError('forbidden', 'this is the own sign-in: another administrator may do this');
    }
    return user;
  }
}

function readPassword(fields: Fields): string | null {
  const password = fields.optionalText('password', credentialLimits.password);
  fields.refuseUnknown();
  if (password !== null) checkLength(fields, 'password', password);
  return password;
}

function staffView({ login, role, disabled }: User): StaffUserView {
  return { login, role, disabled };
}
