import { expect, test } from 'vitest';
import type { Role, SessionView } from '../../daemon/contract.ts';
import { accountPath, isBand, navFor, pathsOf, placeAt } from '../../web/places.ts';

const as = (role: Role, account: string | null = null): SessionView => ({ login: 'x', role, account });

test.each<[string, SessionView, string]>([
  ['/', as('subscriber', 'A-1'), 'bill'],
  ['/', as('csr'), 'elsewhere'],
  ['/', as('provider'), 'nothing-yet'],
  ['/accounts', as('subscriber', 'A-1'), 'not-yours'],
  ['/accounts/A-1', as('subscriber', 'A-1'), 'bill'],
  ['/accounts/A-2', as('subscriber', 'A-1'), 'not-yours'],
  ['/accounts/A-2', as('csr'), 'bill'],
  ['/accounts/A-2', as('operator'), 'not-yours'],
  ['/accounts/%E0%A4', as('csr'), 'not-found'],
  ['/health', as('operator'), 'health'],
  ['/health', as('csr'), 'not-yours'],
  ['/health/x', as('admin'), 'not-found'],
  ['/nowhere', as('admin'), 'not-found'],
  ['/constructor', as('admin'), 'not-found'],
  ['/instant-ip', as('subscriber', 'A-1'), 'display'],
  ['/instant-ip/A-1', as('subscriber', 'A-1'), 'display'],
  ['/instant-ip/A-2', as('subscriber', 'A-1'), 'not-yours'],
  ['/instant-ip/A-2', as('csr'), 'display'],
  ['/instant-ip', as('csr'), 'elsewhere'],
  ['/instant-ip/A-2/x', as('csr'), 'not-found'],
  ['/band', as('subscriber', 'A-1'), 'band'],
  ['/band/A-2', as('admin'), 'band'],
  ['/band/A-2', as('subscriber', 'A-1'), 'not-yours'],
  ['/bandage', as('admin'), 'not-found'],
  ['/accounts/A-2/manage', as('csr'), 'manage'],
  ['/accounts/A-1/manage', as('subscriber', 'A-1'), 'not-yours'],
  ['/audit', as('csr'), 'audit'],
  ['/audit', as('operator'), 'not-yours'],
  ['/staff', as('admin'), 'staff'],
  ['/staff', as('csr'), 'not-yours'],
  ['/password', as('subscriber', 'A-1'), 'password'],
])('%s for %o is %s', (path, session, page) => {
  expect(placeAt(path, session).page).toBe(page);
});

test('staff start where their first page is', () => {
  expect(placeAt('/', as('operator'))).toEqual({ page: 'elsewhere', path: '/health' });
  expect(navFor(as('admin')).map((entry) => entry.name)).toEqual(['accounts', 'audit', 'staff', 'health']);
});

test('an account of any name has an address that leads back to it', () => {
  const account = 'A/1 é?#';
  expect(placeAt(accountPath(account), as('csr'))).toEqual({ page: 'bill', account, own: false });
});

test('the three pages of an account lead to each other, for its subscriber and for staff', () => {
  const account = 'A/1 é?#';
  const staff = pathsOf({ account, own: false });
  expect(placeAt(staff.bill, as('csr'))).toEqual({ page: 'bill', account, own: false });
  expect(placeAt(staff.display, as('csr'))).toEqual({ page: 'display', account, own: false });
  expect(placeAt(staff.band, as('csr'))).toEqual({ page: 'band', account, own: false });
  expect(isBand(staff.band)).toBe(true);
  const own = pathsOf({ account: 'A-1', own: true });
  expect(own).toEqual({ bill: '/', display: '/instant-ip', band: '/band' });
  expect(isBand('/bandage')).toBe(false);
});
