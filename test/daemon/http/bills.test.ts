import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BillView, ChargeTraceView, ChargeView, Page, RawUsageView } from '../../../daemon/contract.ts';
import { instantOfPeriod } from '../../../daemon/http/bills.ts';
import type { ChargeRow, UsageRow } from '../../../daemon/store/store.ts';
import { billPeriodAt, encodeState, newAccountState, rateUsage } from '../../../rating/index.ts';
import { type DaemonStub, postAccount, putPlan, startStub } from './daemon-stub.ts';

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 0, 10, 8);

let stub: DaemonStub;
let admin: string;
beforeEach(async () => {
  stub = await startStub();
  admin = await stub.signIn('admin');
  await putPlan(stub, admin);
  await postAccount(stub, admin);
  await postAccount(stub, admin, { id: 'bob', identities: [] });
  await commitHours('alice', 5);
});
afterEach(() => stub.close());

const get = async <T>(path: string): Promise<T> => (await stub.ask(admin, { url: path })).json<T>();

test('the bill is what was posted, with its balance and period', async () => {
  const bill = await get<BillView>('/api/accounts/alice/bill');
  expect(bill).toMatchObject({
    account: 'alice',
    name: 'Alice',
    currency: 'USD',
    period: { from: '2026-01-01', to: '2026-02-01' },
    total: '2.50',
    balance: '-2.50',
    asOf: '2026-01-15T12:00:00.000Z',
    seq: 5,
    sessions: [{ id: 'session-1', device: 'nas', seconds: '18000', octetsIn: '0', octetsOut: '0' }],
  });
  expect(bill.lines).toMatchObject([{ label: 'Hours', quantity: '5', unit: 'hour', amount: '2.50' }]);
});

test('another period has its own bill, the balance stays', async () => {
  const december = await get<BillView>('/api/accounts/alice/bill?period=2025-12');
  expect(december).toMatchObject({
    period: { from: '2025-12-01', to: '2026-01-01' },
    total: '0.00',
    balance: '-2.50',
    lines: [],
  });
});

test.each([['2026'], ['2026-13'], ['2026-1'], ['1900-01'], ['x']])('the period %s is refused', async (period) => {
  const answer = await stub.ask(admin, { url: `/api/accounts/alice/bill?period=${period}` });
  expect(answer.json()).toMatchObject({ status: 400, field: 'period' });
});

test.each([
  ['Pacific/Kiritimati', 31, '2026-02', '2026-02-28'],
  ['Etc/GMT+12', 1, '2026-01', '2026-01-01'],
  ['Europe/Paris', 29, '2024-02', '2024-02-29'],
  ['America/New_York', 15, '2026-11', '2026-11-15'],
])('in %s with cycle day %i, %s is the period that begins on %s', (zone, cycleDay, period, from) => {
  expect(billPeriodAt(zone, cycleDay, instantOfPeriod(period, cycleDay)).from).toBe(from);
});

test('use and charges come in pages, newest first, and belong together', async () => {
  const first = await get<Page<ChargeView>>('/api/accounts/alice/charges?limit=3');
  expect(first.items.map(({ seq }) => seq)).toEqual([5, 4, 3]);
  expect(first.items[0]).toEqual({
    additional: '',
    vendor: '',
    attribution: '',
    seq: 5,
    label: 'Hours',
    plan: 'hourly',
    version: 1,
    primitive: 'rate',
    kind: 'usage',
    amount: '0.500000',
    quantity: '1',
    unit: 'hour',
    period: { from: '2026-01-01', to: '2026-02-01' },
    at: '2026-01-10T13:00:00.000Z',
    usage: '5',
  });
  const second = await get<Page<ChargeView>>(`/api/accounts/alice/charges?limit=3&cursor=${first.next}`);
  expect(second.items.map(({ seq }) => seq)).toEqual([2, 1]);
  expect(second.next).toBeNull();
  const usage = await get<Page<RawUsageView>>('/api/accounts/alice/usage?limit=2');
  expect(usage.items.map(({ id }) => id)).toEqual(['5', '4']);
  expect(usage.items[0]).toEqual({
    id: '5',
    start: '2026-01-10T12:00:00.000Z',
    end: '2026-01-10T13:00:00.000Z',
    device: 'nas',
    session: expect.any(String),
    attributes: {},
    readings: { time: '3600' },
  });
});

test('charges of one bill alone are told when its period is named, in pages too', async () => {
  const january = '/api/accounts/alice/charges?period=2026-01&limit=3';
  const first = await get<Page<ChargeView>>(january);
  const second = await get<Page<ChargeView>>(`${january}&cursor=${first.next}`);
  expect([...first.items, ...second.items].map(({ seq }) => seq)).toEqual([5, 4, 3, 2, 1]);
  const december = await get<Page<ChargeView>>('/api/accounts/alice/charges?period=2025-12');
  expect(december).toEqual({ items: [], next: null });
  const answer = await stub.ask(admin, { url: '/api/accounts/alice/charges?period=2026-13' });
  expect([answer.statusCode, answer.json().code]).toEqual([400, 'request-invalid']);
});

test('a cursor of another account gives nothing', async () => {
  for (const list of ['charges', 'usage']) {
    const { next } = await get<Page<unknown>>(`/api/accounts/alice/${list}?limit=2`);
    const foreign = await get<Page<unknown>>(`/api/accounts/bob/${list}?cursor=${next}`);
    expect(foreign).toEqual({ items: [], next: null });
  }
});

/** Commits use of so many hours, one after the other, as the rating thread would. */
async function commitHours(id: string, hours: number): Promise<void> {
  const account = (await stub.store.account(id))!;
  const terms = await stub.deps.terms(account);
  const state = newAccountState();
  const usage: UsageRow[] = [];
  const charges: ChargeRow[] = [];
  for (let n = 1; n <= hours; n++) {
    const times = { startMs: startMs + (n - 1) * hourMs, endMs: startMs + n * hourMs };
    const result = rateUsage(terms, state, {
      id: String(n),
      readings: [{ meter: 'time', quantity: 3_600n }],
      ...times,
      attributes: {},
    });
    if (!result.ok) throw new Error(result.detail);
    const readings = { time: 3_600n };
    const row = {
      position: n,
      previous: n - 1,
      account: account.no,
      sessionId: 1,
      device: 'nas',
      session: 's',
      attributes: {},
      readings,
    };
    // Built in a loop, so that a later column of the store with a default elsewhere needs no change here.
    usage.push({ ...row, ...times } as UsageRow);
    for (const { amount, baseQuantity, periodFromMs, periodToMs, ...line } of result.charges) {
      const [previous, seq] = [charges.length, charges.length + 1];
      charges.push({
        id: seq,
        previous,
        account: account.no,
        seq,
        position: n,
        fromUsage: true,
        line,
        periodFromMs,
        periodToMs,
        amount,
        baseQuantity,
        atMs: times.endMs,
        detail: null,
      });
    }
  }
  await stub.store.commit({
    progress: {
      position: hours,
      rated: hours,
      withoutUse: 0,
      duplicate: 0,
      quarantined: 0,
      lastSessionId: 1,
      lastChargeId: charges.length,
      posted: {},
      onBills: {},
    },
    usage,
    charges,
    sessions: [
      {
        id: 1,
        state: {
          key: 'nas/session-1',
          device: 'nas',
          session: 'session-1',
          account: account.no,
          startMs,
          lastEventMs: startMs + hours * hourMs,
          lastHeardMs: startMs + hours * hourMs,
          open: true,
          closedBy: null,
          deviceRestartMs: null,
          incarnation: 1,
          counters: { time: BigInt(hours * 3_600) },
          details: { login: '', attributes: {} },
        },
      },
    ],
    accounts: [
      {
        account: account.no,
        state: encodeState(state),
        seq: charges.length,
        lastChargeId: charges.length,
        lastUsagePosition: hours,
        shares: null,
      },
    ],
    quarantined: [],
    outgoing: [],
  });
}

test('a charge says why it is what it is: plan, version, path, part of the use, and what multiplies out to its amount', async () => {
  const { steps } = await get<ChargeTraceView>('/api/accounts/alice/charges/3/trace');
  const step = steps.find(({ charged }) => charged !== undefined)!;
  expect(step).toMatchObject({ plan: 'hourly', version: 1, primitive: 'rate', type: 'StepRater', label: 'Hours' });
  expect(step).toMatchObject({ from: '2026-01-10T10:00:00.000Z', to: '2026-01-10T11:00:00.000Z', charged: '0.500000' });
  expect(step.path.at(-1)).toBe('rate');
  expect(step.terms).toEqual([expect.objectContaining({ unit: 'hour', multiplier: '0.5', quantity: '3600' })]);
  const missing = await stub.ask(admin, { url: '/api/accounts/alice/charges/99/trace' });
  expect(missing.statusCode).toBe(404);
});

test('no reason is given for a charge where what is known now comes to another amount', async () => {
  const usagePage = stub.deps.reader.usagePage.bind(stub.deps.reader);
  vi.spyOn(stub.deps.reader, 'usagePage').mockImplementation(async (...asked) => {
    const page = await usagePage(...asked);
    return { ...page, items: page.items.map((row) => ({ ...row, readings: { time: 1_800n } })) };
  });
  const answer = await stub.ask(admin, { url: '/api/accounts/alice/charges/3/trace' });
  expect(answer.json()).toMatchObject({ status: 409, code: 'charge-unexplained' });
});

test('staff sees what the plan watches of an account', async () => {
  await putPlan(
    stub,
    admin,
    await readFile(new URL('../../../examples/plans/metro.xml', import.meta.url), 'utf8'),
    'metro',
  );
  await postAccount(stub, admin, { id: 'carol', plan: 'metro', identities: [] });
  expect(await get('/api/accounts/carol/monitors')).toEqual({
    items: [
      {
        plan: 'metro',
        primitive: 'server',
        label: 'Runs a server?',
        used: '0',
        limit: '20',
        unit: 'GB',
        beyond: false,
      },
    ],
  });
  expect(await get('/api/accounts/alice/monitors')).toEqual({ items: [] });
});
