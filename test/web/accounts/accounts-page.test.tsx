// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import type { AccountView, IdentityView } from '../../../daemon/contract.ts';
import { AccountsPage } from '../../../web/accounts/accounts-page.tsx';
import { apiOf, freshDocument, pass, rendered } from '../rendered.tsx';

freshDocument();

const session = { login: 'kim', role: 'csr', account: null };

function account(id: string, identities: readonly IdentityView[]): AccountView {
  const terms = { currency: 'EUR', timezone: 'UTC', cycleDay: 1, plan: 'flat', prepaid: false, creditLimit: null };
  return { id, name: `Account ${id}`, ...terms, place: null, taxExemptions: [], identities };
}

test('what was sought for is seen among what an account is known by', async () => {
  const identities: readonly IdentityView[] = [
    { kind: 'login', value: 'ann@example.net' },
    { kind: 'address', value: '192.0.2.1' },
    { kind: 'prefix', value: '2001:db8::/48' },
  ];
  history.replaceState(null, '', '/?q=2001:DB8');
  const items = [account('ann', identities)];
  const page = await rendered(
    <AccountsPage />,
    apiOf({ '/api/session': session, '/api/accounts': { items, next: null } }),
  );
  await pass(20);
  expect(page.querySelector('td:last-child')?.textContent).toBe('2001:db8::/48, ann@example.net and 1 more');
});

test('that nobody was found is said once, and aloud', async () => {
  history.replaceState(null, '', '/?q=nobody');
  const none = { items: [], next: null };
  const page = await rendered(<AccountsPage />, apiOf({ '/api/session': session, '/api/accounts': none }));
  await pass(20);
  expect(page.querySelector('[role=status]')?.textContent).toBe('No account is known by “nobody”.');
  expect(page.textContent).not.toContain('0 accounts');
});
