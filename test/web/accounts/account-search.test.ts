import { expect, test } from 'vitest';
import type { AccountView } from '../../../daemon/contract.ts';
import { matchingAccounts } from '../../../web/accounts/account-search.ts';

const account = (id: string, name: string, login: string): AccountView => ({
  id,
  name,
  currency: 'EUR',
  timezone: 'UTC',
  cycleDay: 1,
  plan: 'evening',
  prepaid: false,
  creditLimit: null,
  place: null,
  taxExemptions: [],
  identities: [{ kind: 'login', value: login }],
});
const accounts = [account('A-1', 'Ada Martin', 'ada@isp.example'), account('A-2', 'Omar Haddad', 'omar@isp.example')];

test.each([
  ['', 2],
  ['ada', 1],
  ['MARTIN a-1', 1],
  ['isp.example', 2],
  ['evening omar', 1],
  ['nobody', 0],
])('“%s” finds %i', (typed, count) => {
  expect(matchingAccounts(accounts, typed)).toHaveLength(count);
});
