/**
 * Making and changing accounts: everything is checked first, then written by the account book, one change at a time, so
 * that no two can pass the same check. An account is made with its plan and taxes in one transaction, before its identities:
 * an identity releases use from suspense, and use without a plan would be quarantined.
 */
import { randomBytes } from 'node:crypto';
import { billPeriodAt } from '../../rating/index.ts';
import { meterdError } from '../errors.ts';
import type { Account, AccountChanges, AccountTaxation, NewUser } from '../store/store.ts';
import { checkIdentity, checkPlanField, nextAssignment } from './account-checks.ts';
import {
  type AccountChangesInput,
  type IdentityInput,
  identityKey,
  type NewAccountInput,
  type TaxationInput,
} from './account-input.ts';
import { assignmentAt, isHeld } from './account-view.ts';
import type { HttpDeps } from './deps.ts';
import { hasControls } from './fields.ts';
import { hashPassword } from './password.ts';

type Deps = Pick<HttpDeps, 'reader' | 'book' | 'clock'>;

export async function createAccount(deps: Deps, input: NewAccountInput): Promise<Account> {
  const { reader, book } = deps;
  const nowMs = deps.clock();
  const id = input.id ?? randomId();
  if (await reader.account(id)) throw meterdError('account-exists', `account "${id}" exists already`);
  await checkPlanField(reader, input.plan, input.currency);
  for (const identity of input.identities) await checkIdentity(reader, identity, { account: null, nowMs });
  const login = input.identities.find(isTypeable)?.value ?? id;
  const user = input.password === null ? null : await newSubscriber(deps, { login, account: id }, input.password);

  const { name, currency, timezone, cycleDay, prepaid, creditLimit } = input;
  const terms = { name, currency, timezone, cycleDay, prepaid, creditLimit };
  const account = await book.createAccount(
    { id, ...terms, createdMs: nowMs },
    {
      assignment: { planId: input.plan, validFromMs: input.validFromMs },
      place: placeOf(input.taxation, Number.MIN_SAFE_INTEGER),
      exemptions: input.taxation.exemptions,
    },
  );
  if (user !== null) await book.putUser(user);
  for (const identity of input.identities) await addIdentity(deps, account, identity);
  return account;
}

export async function changeAccount(deps: Deps, account: Account, input: AccountChangesInput): Promise<Account> {
  const { reader, book } = deps;
  const nowMs = deps.clock();
  const assignment = await wantedAssignment(deps, account, input);
  const { added, ended } = await identityChanges(deps, account, input.identities);
  for (const identity of added) await checkIdentity(reader, identity, { account: account.no, nowMs });
  const user = input.password === null ? null : await changedSubscriber(deps, account, input.password);

  const changed = await book.updateAccount(account.id, fieldChanges(input));
  const { exemptions } = input.taxation;
  const place = placeOf(input.taxation, nowMs);
  if (place !== null || exemptions !== null) await book.putTaxation(account.no, place, exemptions);
  if (assignment !== null) await book.assignPlan(account.no, assignment);
  if (user !== null) await book.putUser(user);
  for (const identity of ended) await book.endIdentity(identity, nowMs);
  for (const identity of added) await addIdentity(deps, account, identity);
  return changed;
}

/** The first place reaches back without limit unless told otherwise, a later one begins now. */
function placeOf({ place, placeFromMs }: TaxationInput, usualFromMs: number): AccountTaxation['places'][number] | null {
  return place === null ? null : { place, fromMs: placeFromMs ?? usualFromMs };
}

/** Adds one identity after its check; use that waits in suspense for it is released. */
export async function giveIdentity(deps: Deps, account: Account, identity: IdentityInput): Promise<void> {
  await checkIdentity(deps.reader, identity, { account: account.no, nowMs: deps.clock() });
  await addIdentity(deps, account, identity);
}

function addIdentity({ book }: Deps, account: Account, identity: IdentityInput): Promise<void> {
  const { kind, value, provider, validFromMs } = identity;
  return book.addIdentity({ account: account.no, kind, value, provider, validFromMs: validFromMs ?? undefined });
}

function fieldChanges({ name, prepaid, creditLimit }: AccountChangesInput): AccountChanges {
  return {
    ...(name === null ? {} : { name }),
    ...(prepaid === null ? {} : { prepaid }),
    ...(creditLimit === undefined ? {} : { creditLimit }),
  };
}

/** Naming the plan the account already has, without a time, changes nothing. */
async function wantedAssignment({ reader, clock }: Deps, account: Account, input: AccountChangesInput) {
  const { plan: planId } = input;
  if (planId === null) return null;
  await checkPlanField(reader, planId, account.currency);
  const before = await reader.assignments(account.no);
  const nowMs = clock();
  const { timezone, cycleDay } = account;
  const fromMs = input.planFromNextPeriod ? billPeriodAt(timezone, cycleDay, nowMs).toMs : input.planFromMs;
  if (fromMs === null && before.at(-1) === assignmentAt(before, nowMs) && before.at(-1)?.planId === planId) return null;
  return nextAssignment(before, planId, { fromMs, nowMs, timezone });
}

/** The list is what the account shall have: what is missing from it ends, what is new in it begins. */
async function identityChanges({ reader, clock }: Deps, account: Account, wanted: readonly IdentityInput[] | null) {
  if (wanted === null) return { added: [], ended: [] };
  const held = (await reader.identitiesOf(account.no)).filter((holding) => isHeld(holding, clock()));
  const heldKeys = new Set(held.map(identityKey));
  const wantedKeys = new Set(wanted.map(identityKey));
  return {
    added: wanted.filter((identity) => !heldKeys.has(identityKey(identity))),
    ended: held
      .filter((holding) => !wantedKeys.has(identityKey(holding)))
      .map(({ kind, value, provider }) => ({ account: account.no, kind, value, provider })),
  };
}

async function newSubscriber(
  { reader }: Deps,
  { login, account }: { readonly login: string; readonly account: string },
  password: string,
): Promise<NewUser> {
  if (await reader.user(login)) throw meterdError('login-exists', `the login "${login}" is taken by another user`);
  return { login, passwordHash: await hashPassword(password), role: 'subscriber', accountId: account };
}

/** The account's own user with a new password; an account that had none gets one as a new account would. */
export async function changedSubscriber(deps: Deps, account: Account, password: string): Promise<NewUser> {
  const holdings = await deps.reader.identitiesOf(account.no);
  const logins = holdings.filter(({ kind }) => kind === 'login').map(({ value }) => value);
  for (const login of [...logins, account.id]) {
    const user = await deps.reader.user(login);
    if (user?.role !== 'subscriber' || user.accountId !== account.id) continue;
    return { ...user, passwordHash: await hashPassword(password) };
  }
  const current = holdings.find((holding) => isTypeable(holding) && isHeld(holding, deps.clock()));
  return newSubscriber(deps, { login: current?.value ?? account.id, account: account.id }, password);
}

/** Whether it is a login that somebody can sign in with, not just a device. */
function isTypeable({ kind, value }: { readonly kind: string; readonly value: string }): boolean {
  return kind === 'login' && value.trim() !== '' && !hasControls(value);
}

/** Ten characters that are hard to confuse when read aloud; 50 bits. */
function randomId(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz023456789';
  return [...randomBytes(10)].map((octet) => letters[octet % letters.length]).join('');
}
