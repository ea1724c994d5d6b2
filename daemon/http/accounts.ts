/** Accounts, their identities and payments. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { minorDigits } from '../../rating/index.ts';
import { balanceOf } from '../bills/bill-view.ts';
import type { AccountView, Page } from '../contract.ts';
import { meterdError } from '../errors.ts';
import type { Account, StoreReader } from '../store/store.ts';
import { access, callerOf } from './access.ts';
import { changeAccount, createAccount, giveIdentity } from './account-changes.ts';
import { readAccountChanges, readIdentity, readNewAccount, textLimits } from './account-input.ts';
import { stateOf } from './account-state.ts';
import { accountView, isHeld } from './account-view.ts';
import type { HttpContext } from './context.ts';
import { Fields, keyLimits } from './fields.ts';
import { inTurn } from './in-turn.ts';
import { pageOf, pageQuery, schemas, text } from './openapi/schemas.ts';
import { cursorText, pageRequest, queryText } from './paging.ts';
import { invalid } from './problem.ts';

/** Views of accounts made in one turn of the event loop, about a millisecond: devices wait on the same thread. */
const viewsInTurn = 8;

/** The account of the path. @throws MeterdError `account-unknown` */
export async function accountOfPath(reader: StoreReader, request: FastifyRequest): Promise<Account> {
  const { id } = request.params as { id: string };
  const account = await reader.account(id);
  if (account === null) throw meterdError('account-unknown', `no account "${id}"`);
  return account;
}

export function accountRoutes(server: FastifyInstance, { deps }: HttpContext): void {
  const { reader, book, clock } = deps;
  const change = inTurn();

  const createOperation = {
    tag: 'accounts',
    summary: 'Make an account, with its identities, first plan and the subscriber’s sign-in',
    body: { schema: schemas.NewAccount },
    answer: { status: 201, schema: schemas.AccountView, description: 'The account as made.' },
    refusals: ['request-invalid', 'account-exists', 'identity-overlap', 'login-exists'],
  } as const;
  server.post(
    '/api/accounts',
    { config: { access: access.changeAccount, operation: createOperation, audit: 'account.create' } },
    async (request, reply) => {
      const input = readNewAccount(request.body);
      const account = await change(() => createAccount(deps, input));
      const after = await accountView(deps, account);
      request.audited = { subject: subjectOf(account), after };
      return reply
        .code(201)
        .header('location', `/api/accounts/${encodeURIComponent(account.id)}`)
        .send(after);
    },
  );

  const listOperation = {
    tag: 'accounts',
    summary: 'Accounts in the order they were made; a subscriber sees the own one only',
    query: {
      ...pageQuery,
      login: { schema: text(), description: 'Only the account that holds this login now.' },
      q: {
        schema: text(),
        description:
          'By id, beginning of an identity, part of the name, id of an open session, or an address held now.',
      },
    },
    answer: { status: 200, schema: pageOf('AccountView'), description: 'A page of accounts.' },
    refusals: ['request-invalid'],
  } as const;
  server.get(
    '/api/accounts',
    { config: { access: access.listAccounts, operation: listOperation } },
    async (request): Promise<Page<AccountView>> => {
      const { cursor, limit } = pageRequest(request);
      const { role, account: own } = callerOf(request);
      const login = queryText(request, 'login', textLimits.identity.max);
      if (role === 'subscriber' || login !== null) {
        const account = login === null ? await reader.account(own ?? '') : await holderOf(login);
        const visible = account !== null && (role !== 'subscriber' || account.id === own);
        return { items: visible ? [await accountView(deps, account)] : [], next: null };
      }
      const sought = queryText(request, 'q', textLimits.identity.max);
      if (sought !== null) {
        return { items: await viewsOf(await findAccounts(sought, limit)), next: null };
      }
      const accounts = await reader.accounts(cursor ?? 0, limit + 1);
      const items = await viewsOf(accounts.slice(0, limit));
      return { items, next: cursorText(accounts.length > limit ? accounts[limit - 1]!.no : null) };
    },
  );

  const readOperation = {
    tag: 'accounts',
    summary: 'One account',
    answer: { status: 200, schema: schemas.AccountView, description: 'The account.' },
    refusals: ['account-unknown'],
  } as const;
  server.get(
    '/api/accounts/:id',
    { config: { access: access.readAccount, operation: readOperation } },
    async (request): Promise<AccountView> => accountView(deps, await accountOfPath(reader, request)),
  );

  const changeOperation = {
    tag: 'accounts',
    summary: 'Change an account; identities missing from a given list end now',
    body: { schema: schemas.AccountChanges },
    answer: { status: 200, schema: schemas.AccountView, description: 'The account as changed.' },
    refusals: ['request-invalid', 'account-unknown', 'identity-overlap', 'assignment-order', 'login-exists'],
  } as const;
  server.patch(
    '/api/accounts/:id',
    { config: { access: access.changeAccount, operation: changeOperation, audit: 'account.change' } },
    async (request): Promise<AccountView> => {
      const account = await accountOfPath(reader, request);
      const input = readAccountChanges(request.body);
      const before = await accountView(deps, account);
      const after = await accountView(deps, await change(() => changeAccount(deps, account, input)));
      request.audited = { subject: subjectOf(account), before, after };
      return after;
    },
  );

  const identityOperation = {
    tag: 'accounts',
    summary: 'Give an account one more identity; use that waits in suspense for it is released',
    body: { schema: schemas.NewIdentity },
    answer: { status: 201, schema: schemas.AccountView, description: 'The account with it.' },
    refusals: ['request-invalid', 'account-unknown', 'identity-overlap'],
  } as const;
  server.post(
    '/api/accounts/:id/identities',
    { config: { access: access.changeAccount, operation: identityOperation, audit: 'identity.add' } },
    async (request, reply) => {
      const account = await accountOfPath(reader, request);
      const identity = readIdentity(request.body);
      const before = await accountView(deps, account);
      await change(() => giveIdentity(deps, account, identity));
      const after = await accountView(deps, account);
      request.audited = { subject: subjectOf(account), before: before.identities, after: after.identities };
      return reply.code(201).send(after);
    },
  );

  const endOperation = {
    tag: 'accounts',
    summary: 'End an identity of an account now; later use of it waits in suspense for the next holder',
    query: {
      kind: { schema: text(), description: 'Of the identity.' },
      value: { schema: text(), description: 'Of the identity.' },
      provider: { schema: text(), description: 'Of a local-id.' },
    },
    answer: { status: 200, schema: schemas.AccountView, description: 'The account without it.' },
    refusals: ['request-invalid', 'account-unknown'],
  } as const;
  server.delete(
    '/api/accounts/:id/identities',
    { config: { access: access.changeAccount, operation: endOperation, audit: 'identity.end' } },
    async (request): Promise<AccountView> => {
      const account = await accountOfPath(reader, request);
      const { kind, value, provider } = readIdentity({
        kind: queryText(request, 'kind'),
        value: queryText(request, 'value', textLimits.identity.max),
        provider: queryText(request, 'provider'),
      });
      const before = await accountView(deps, account);
      if (!before.identities.some((one) => one.kind === kind && one.value === value)) {
        throw invalid('value', 'is no identity of this account');
      }
      await change(() => book.endIdentity({ account: account.no, kind, value, provider }, clock()));
      const after = await accountView(deps, account);
      request.audited = { subject: subjectOf(account), before: before.identities, after: after.identities };
      return after;
    },
  );

  const withdrawOperation = {
    tag: 'accounts',
    summary: 'Withdraw the plans that are to come: the plan of now goes on',
    answer: { status: 200, schema: schemas.AccountView, description: 'The account without them.' },
    refusals: ['account-unknown', 'not-found'],
  } as const;
  server.delete(
    '/api/accounts/:id/coming-plans',
    { config: { access: access.changeAccount, operation: withdrawOperation, audit: 'plan.withdraw' } },
    async (request): Promise<AccountView> => {
      const account = await accountOfPath(reader, request);
      const before = await accountView(deps, account);
      const withdrawn = await change(() => book.withdrawAssignments(account.no, clock()));
      if (withdrawn === 0) throw meterdError('not-found', 'no other plan is to come');
      const after = await accountView(deps, account);
      request.audited = { subject: subjectOf(account), before, after };
      return after;
    },
  );

  const paymentOperation = {
    tag: 'accounts',
    summary: 'Record a payment or top-up',
    body: { schema: schemas.Payment },
    answer: { status: 201, schema: schemas.Balance, description: 'The balance with it, as it is now.' },
    refusals: ['request-invalid', 'account-unknown', 'key-used'],
  } as const;
  server.post(
    '/api/accounts/:id/payments',
    { config: { access: access.changeAccount, operation: paymentOperation, audit: 'payment.add' } },
    async (request, reply) => {
      const account = await accountOfPath(reader, request);
      const { amount, note, key } = readPayment(request.body, account.currency);
      const added = await book.addPayment({ account: account.no, amount, note, atMs: clock() }, key);
      const paid = await reader.paidTotal(account.no);
      const balance = balanceOf(paid, await stateOf(reader, account), account.currency);
      const after = added ? { amount, note, balance } : { sentBefore: true, balance };
      request.audited = { subject: subjectOf(account), after };
      return reply.code(201).send({ balance });
    },
  );

  async function viewsOf(accounts: readonly Account[]): Promise<AccountView[]> {
    const views: AccountView[] = [];
    for (const account of accounts) {
      if (views.length > 0 && views.length % viewsInTurn === 0) await nextTurn();
      views.push(await accountView(deps, account));
    }
    return views;
  }

  /** Who has an address now comes first: the store knows it only as it was written down. */
  async function findAccounts(sought: string, limit: number): Promise<readonly Account[]> {
    const found = await reader.findAccounts(sought, limit);
    const no = deps.holderOf(sought);
    const holder = no === null ? null : await reader.accountByNo(no);
    if (holder === null) return found;
    return [holder, ...found.filter((account) => account.no !== no)].slice(0, limit);
  }

  async function holderOf(login: string): Promise<Account | null> {
    const holders = await reader.holdersOf('login', login, '');
    const holding = holders.find((holder) => isHeld(holder, clock()));
    return holding === undefined ? null : reader.accountByNo(holding.account);
  }
}

function subjectOf({ id }: Account): string {
  return `account ${id}`;
}

function readPayment(body: unknown, currency: string) {
  const fields = new Fields(body);
  const amount = fields.optionalDecimal('amount') ?? fields.fail('amount', 'is missing');
  const note = fields.optionalText('note', textLimits.note) ?? '';
  const key = fields.optionalText('key', keyLimits);
  fields.refuseUnknown();
  if (/^[0.]*$/.test(amount)) throw invalid('amount', 'must be more than zero');
  // Nobody can pay a part of a cent, and a balance is shown in whole ones.
  const decimals = amount.split('.')[1]?.replace(/0+$/, '').length ?? 0;
  if (decimals > minorDigits(currency)) throw invalid('amount', `has more decimals than ${currency} has`);
  return { amount, note, key };
}
