// @vitest-environment happy-dom
import { act } from 'react';
import { describe, expect, test } from 'vitest';
import type { AccountView, AuditView, WaitingSubjectView } from '../../../daemon/contract.ts';
import { AuditPage } from '../../../web/staff/audit-page.tsx';
import { ManagePage } from '../../../web/staff/manage-page.tsx';
import { type Answers, apiOf, freshDocument, pass, problem, rendered } from '../rendered.tsx';

freshDocument();

const ann: AccountView = {
  id: 'A-1',
  name: 'Ann',
  currency: 'EUR',
  timezone: 'Europe/Paris',
  cycleDay: 1,
  plan: 'evening',
  prepaid: false,
  creditLimit: null,
  place: null,
  taxExemptions: [],
  identities: [{ kind: 'login', value: 'ann@example.net' }],
};
const ben: AccountView = { ...ann, id: 'A-2', name: 'Ben', identities: [{ kind: 'login', value: 'Ben@example.net' }] };
const subject = (value: string, count: number): WaitingSubjectView => ({
  kind: 'login',
  value,
  count,
  reason: 'unknown-subject',
  also: [],
});

const answers: Answers = {
  '/api/session': { login: 'kim', role: 'csr', account: null },
  '/api/accounts/A-1': ann,
  '/api/accounts': { items: [], next: null },
  '/api/plans': {
    items: [
      { id: 'flat', name: 'Flat rate', currency: 'EUR' },
      { id: 'evening', name: 'Evening hours', currency: 'EUR' },
      { id: 'dollars', name: 'Dollars', currency: 'USD' },
    ],
    next: null,
  },
  '/api/accounts/A-1/monitors': { items: [] },
  '/api/accounts/A-1/charges': { items: [], next: null },
  '/api/suspense': { waiting: 0, released: 0, subjects: [] },
  '/api/audit': { items: [], next: null },
};

describe('what can’t be taken back is asked twice', () => {
  test('a new password is made only after the question, and can be left', async () => {
    let made = 0;
    const reset = () => {
      made += 1;
      return { login: 'ann@example.net', password: 'new-one' };
    };
    const page = await shown({ 'POST /api/accounts/A-1/password': reset });
    await press(page, 'Make a new password');
    expect(document.activeElement?.textContent).toBe('The present password ends at once. Make a new one?');
    await press(page, 'Cancel');
    expect(made).toBe(0);
    expect(document.activeElement?.textContent).toBe('Make a new password');
    await press(page, 'Make a new password');
    await submit(page, '.sure form');
    expect(made).toBe(1);
    expect(panel(page, 'Password').textContent).toContain('Shown this once, for ann@example.net: new-one');
  });

  test('an identity that ends says what that means', async () => {
    const ended: string[] = [];
    const page = await shown({}, { delete: async (path) => void ended.push(path) });
    await press(page, 'End');
    expect(page.querySelector('.sure p')?.textContent).toContain('Use by ann@example.net from now on would wait');
    expect(ended).toEqual([]);
    await submit(page, '.sure form');
    expect(ended).toEqual(['/api/accounts/A-1/identities?kind=login&value=ann%40example.net']);
  });
});

describe('an identity', () => {
  test('of another account is taken from it only when that was said', async () => {
    const given: unknown[] = [];
    const page = await shown(
      { '/api/accounts': { items: [ben], next: null } },
      { post: async (_, body) => took(body) },
    );
    const took = (body: unknown) => {
      given.push(body);
      return null;
    };
    await add(page, 'ben@example.net');
    expect(given).toEqual([]);
    expect(page.querySelector('.sure p')?.textContent).toBe(
      'ben@example.net belongs to Ben. Adding it here takes it from there, from now on.',
    );
    await submit(page, '.sure form');
    expect(given).toEqual([{ kind: 'login', value: 'ben@example.net' }]);
    expect(panel(page, 'Known by').textContent).toContain('Added ben@example.net');
  });

  test('of nobody is added at once', async () => {
    const given: unknown[] = [];
    const post = async (_: string, body: unknown) => {
      given.push(body);
      return null;
    };
    const page = await shown({ '/api/accounts': { items: [ben], next: null } }, { post });
    await add(page, 'en@example.net');
    expect(given).toEqual([{ kind: 'login', value: 'en@example.net' }]);
  });
});

test('a plan that is to come is told with its local date, and can be withdrawn', async () => {
  const withdrawn: string[] = [];
  const coming = [{ plan: 'flat', from: '2026-01-31T23:00:00Z' }];
  const page = await shown(
    { '/api/accounts/A-1': { ...ann, comingPlans: coming } },
    { delete: async (path) => void withdrawn.push(path) },
  );
  expect(panel(page, 'Plan').textContent).toContain('flat begins on Feb 1, 2026.');
  await press(page, 'Withdraw it');
  expect(page.querySelector('.sure p')?.textContent).toBe('evening goes on instead. Withdraw what is to come?');
  await submit(page, '.sure form');
  expect(withdrawn).toEqual(['/api/accounts/A-1/coming-plans']);
});

test('a payment keeps its key until it is answered, so that a lost answer books nothing twice', async () => {
  const keys: unknown[] = [];
  const outcomes = ['lost', 'booked', 'used', 'booked'];
  const post = async <T,>(_: string, body: unknown) => {
    keys.push((body as { key: unknown }).key);
    const outcome = outcomes.shift();
    if (outcome === 'lost') throw problem(0, 'page.unreachable', 'No answer');
    if (outcome === 'used') throw problem(409, 'key-used', 'Key used');
    return { balance: '5.00' } as T;
  };
  const page = await shown({}, { post });
  for (let times = 0; times < 4; times++) {
    page.querySelector<HTMLInputElement>('input[name=amount]')!.value = '5';
    await submit(page, 'form[aria-label="Payment or top-up"]');
  }
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys[1]).toBe(keys[0]);
  expect(new Set(keys).size).toBe(3);
});

test('no plan and no charge is chosen beforehand, and only plans in the account’s currency are offered', async () => {
  const page = await shown({
    '/api/accounts/A-1/charges': {
      items: [{ seq: 7, at: '2026-01-15T11:00:00Z', label: 'Hours', amount: '1.00', kind: 'usage' }],
      next: null,
    },
  });
  const choiceOf = (name: string) => page.querySelector<HTMLSelectElement>(`select[name=${name}]`)!;
  expect([...choiceOf('plan').options].map(({ text }) => text)).toEqual([
    'Choose a plan',
    'Flat rate',
    'Evening hours (the present one)',
  ]);
  expect(choiceOf('plan').value).toBe('');
  expect(choiceOf('charge').value).toBe('');
  expect(choiceOf('charge').required).toBe(true);
});

describe('an amount', () => {
  const items = [{ seq: 7, at: '2026-01-15T11:00:00Z', label: 'Hours', amount: '1.00', kind: 'usage' }];
  const asked: unknown[] = [];
  const post = async (_: string, body: unknown) => {
    asked.push(body);
    return { balance: '1012.50', amount: '-1.00' } as never;
  };

  test.each([
    ['1,000', 'This could be a thousand or one.'],
    ['1.000', 'This could be a thousand or one.'],
    ['12,50', 'Write digits without separators of thousands, such as 1000 or 12.50.'],
    ['1,000.00', 'Write digits without separators of thousands'],
  ])('that could be another, %s, is not recorded', async (typed, why) => {
    asked.length = 0;
    const page = await shown({ '/api/accounts/A-1/charges': { items, next: null } }, { post });
    for (const [name, title, form] of [
      ['amount', 'Payment or top-up', 'Payment or top-up'],
      ['rightAmount', 'Correct a charge', 'Correct a charge'],
    ] as const) {
      const field = page.querySelector<HTMLInputElement>(`input[name=${name}]`)!;
      field.value = typed;
      await submit(page, `form[aria-label="${form}"]`);
      expect(panel(page, title).querySelector('[role=alert]')?.textContent).toContain(`${typed}: ${why}`);
      expect(field.value).toBe(typed);
    }
    expect(asked).toEqual([]);
  });

  test('that is clear is recorded as it was typed', async () => {
    asked.length = 0;
    const page = await shown({}, { post });
    page.querySelector<HTMLInputElement>('input[name=amount]')!.value = '1012.50';
    await submit(page, 'form[aria-label="Payment or top-up"]');
    expect(asked).toMatchObject([{ amount: '1012.50' }]);
  });
});

test('use that waits is told in words, most of it first, and asked for again after a change', async () => {
  let subjects = [1, 9, 3, 4, 5, 6].map((count) => subject(`u${count}@example.net`, count));
  const page = await shown({
    '/api/suspense': () => ({ waiting: 28, released: 0, subjects }),
    'POST /api/accounts/A-1/identities': {},
  });
  const waiting = panel(page, 'Waiting for an account');
  const rows = () => [...waiting.querySelectorAll('li')].map((row) => row.textContent);
  expect(rows()).toHaveLength(5);
  expect(rows()[0]).toBe('u9@example.net Login · belongs to no account9Add');
  await press(page, 'Show all 6');
  expect(rows()).toHaveLength(6);
  expect(waiting.textContent).not.toContain('fewer each');
  subjects = subjects.slice(0, 1);
  await add(page, 'u9@example.net');
  expect(rows()).toEqual(['u1@example.net Login · belongs to no account1Add']);
});

test('of many subjects that wait those with fewest records are told by their sum', async () => {
  const subjects = [subject('u1@example.net', 40), subject('u2@example.net', 20)];
  const page = await shown({ '/api/suspense': { waiting: 1_061, released: 0, subjects } });
  expect(panel(page, 'Waiting for an account').textContent).toContain('And 1,001 records of subjects with fewer each.');
});

test('what waits is added as it was sent, shown so that it can’t be mistaken, and tells what else it names', async () => {
  const given: unknown[] = [];
  const post = async (_: string, body: unknown) => {
    given.push(body);
    return null;
  };
  const subjects: WaitingSubjectView[] = [
    { ...subject('nl1\nzzz', 2), also: [{ kind: 'station', value: '001b44113ab7', count: 3 }] },
    { kind: 'device', value: 'isp/nas', count: 1, reason: 'no-subject', also: [] },
  ];
  const page = await shown({ '/api/suspense': { waiting: 3, released: 0, subjects } }, { post });
  const waiting = panel(page, 'Waiting for an account');
  expect([...waiting.querySelectorAll('li')].map((row) => row.textContent)).toEqual([
    '"nl1\\nzzz" Login · belongs to no account · also Station 001b44113ab7, for which 3 wait2AddAdd',
    'isp/nas Device · names nobody1',
  ]);
  const ask = [...waiting.querySelectorAll('button')].find(
    (button) => button.getAttribute('aria-label') === String.raw`Add "nl1\nzzz"`,
  );
  await act(async () => ask!.click());
  expect(given).toEqual([]);
  await submit(page, '.sure form');
  expect(given).toEqual([{ kind: 'login', value: 'nl1\nzzz' }]);
});

test('a change says what was empty, and leads to its account where those of all are listed', async () => {
  const entry: AuditView = {
    id: 1,
    at: '2026-01-15T11:00:00Z',
    login: 'kim',
    address: '192.0.2.1',
    action: 'payment.add',
    subject: 'account A-1',
    status: 201,
    asked: { amount: '5' },
    before: null,
    after: { amount: '5', note: '' },
  };
  const page = await shown({ '/api/audit': { items: [entry], next: null } });
  const cells = [...page.querySelectorAll('.audit-fields tbody tr')].map((row) =>
    [...row.children].map(({ textContent }) => textContent),
  );
  expect(cells).toEqual([
    ['amount', '5', '5'],
    ['note', '—', 'empty'],
  ]);
  expect(page.querySelector('.row a')).toBeNull();
  const all = await rendered(<AuditPage />, apiOf({ ...answers, '/api/audit': { items: [entry], next: null } }));
  await pass(20);
  expect(all.querySelector('.row a')?.getAttribute('href')).toBe('/accounts/A-1/manage');
});

test('a panel that failed shows that it is being tried again', async () => {
  let answer: () => unknown = () => {
    throw problem(500, 'internal-error', 'Internal error');
  };
  const page = await shown({ '/api/suspense': () => answer() });
  const waiting = panel(page, 'Waiting for an account');
  expect(waiting.textContent).toContain('Code internal-error');
  let arrive = (_: unknown): void => undefined;
  answer = () =>
    new Promise((resolve) => {
      arrive = resolve;
    });
  await press(page, 'Try again');
  expect(waiting.querySelector('.failure')).toBeNull();
  expect(waiting.querySelector('.skeleton')).not.toBeNull();
  await act(async () => arrive({ waiting: 0, released: 0, subjects: [] }));
  expect(waiting.textContent).toContain('Every record has found its account.');
});

async function shown(changes: Answers, methods: Partial<ReturnType<typeof apiOf>> = {}): Promise<HTMLElement> {
  const page = await rendered(<ManagePage account="A-1" />, { ...apiOf({ ...answers, ...changes }), ...methods });
  await pass(20);
  return page;
}

function panel(page: HTMLElement, title: string): Element {
  return [...page.querySelectorAll('.panel')].find((one) => one.querySelector('h2')?.textContent === title)!;
}

async function press(page: HTMLElement, name: string): Promise<void> {
  const button = [...page.querySelectorAll('button')].find(({ textContent }) => textContent === name);
  await act(async () => button!.click());
}

async function submit(page: HTMLElement, form: string): Promise<void> {
  const event = new Event('submit', { bubbles: true, cancelable: true });
  await act(async () => void page.querySelector(form)!.dispatchEvent(event));
}

async function add(page: HTMLElement, value: string): Promise<void> {
  page.querySelector<HTMLInputElement>('input[name=value]')!.value = value;
  await submit(page, 'form[aria-label=Add]');
}
