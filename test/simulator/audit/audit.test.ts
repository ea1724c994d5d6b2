/** How the audit looks at a daemon, with a daemon that says what the test wants. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { AuditedAccount } from '../../../simulator/audit/account.ts';
import { Api, ApiRefusal } from '../../../simulator/audit/api.ts';
import { type AccountDifference, audit, differenceTable } from '../../../simulator/audit/audit.ts';
import { piecesBySubscriber } from '../../../simulator/audit/use.ts';
import { populationOf } from '../../../simulator/population/population.ts';
import type { Report } from '../../../simulator/population/reports.ts';

const { signal } = new AbortController();
const asOfMs = Date.parse('2026-01-20T00:00:00Z');
let server: Server | null = null;

afterEach(() => {
  server?.close();
  server = null;
});

/** A daemon that answers a path by what `say` tells of it; undefined is 404. */
async function daemonThatSays(say: (path: string, n: number) => unknown): Promise<Api> {
  let n = 0;
  server = createServer((request, response) => {
    const answer = say(request.url ?? '', n++);
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(JSON.stringify(answer ?? { detail: 'no such thing' }));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return new Api(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), signal);
}

const people = populationOf({
  subscribers: 1,
  devices: 1,
  seed: 1,
  name: 'ann',
  fromSeconds: Date.parse('2026-01-10T00:00:00Z') / 1000,
  toSeconds: Date.parse('2026-01-11T00:00:00Z') / 1000,
  interimSeconds: 3_600,
  vendors: ['mikrotik'],
  plans: ['hourly'],
  zones: ['UTC'],
  reboots: 0,
  skewSeconds: 0,
  lost: 0,
  overtaken: 0,
});

const ann: AuditedAccount = {
  subscriber: { ...people.subscribers[0]!, cycleDay: 1 },
  joinedSeconds: Date.parse('2026-01-10T00:00:00Z') / 1000,
  knownSinceSeconds: asOfMs / 1000,
  pieces: [
    {
      startSeconds: Date.parse('2026-01-10T10:00:00Z') / 1000,
      endSeconds: Date.parse('2026-01-10T10:00:20Z') / 1000,
      seconds: 20n,
      octetsIn: 7n,
      octetsOut: 3n,
    },
  ],
};

const readings = { time: '20', 'octets-in': '7', 'octets-out': '3' };

/** Twenty seconds at 1.20 an hour. */
function bill(exactAmount = '0.006667', total = '0.01') {
  const line = { label: 'Hours online', baseQuantity: '20', amount: total, exactAmount };
  return { asOfMs, total, lines: [line] };
}

const charge = (amount: string, kind = 'usage') => ({
  label: 'Hours online',
  kind,
  amount,
  period: { from: '2026-01-01', to: '2026-02-01' },
});

/** Two pages of charges. */
const pages = (first: object[], second: object[]) => (path: string) =>
  path.includes('cursor=') ? { items: second, next: null } : { items: first, next: 'more' };
const charged = pages([charge('0.004000')], [charge('0.002667')]);

const says =
  (billSaid: unknown, used: unknown = readings, charges = charged) =>
  (path: string): unknown => {
    if (path.includes('/charges')) return charges(path);
    return path.includes('/usage') ? { items: [{ readings: used }], next: null } : billSaid;
  };

describe('the audit', () => {
  test('is content where the daemon says what the formulas say', async () => {
    const result = await audit(await daemonThatSays(says(bill())), [ann], { signal });
    expect(result).toEqual({ accounts: 1, bills: 1, total: '0.01', charges: 2, figures: 9, differences: [] });
  });

  test.each([
    ['an amount', bill('0.006666'), readings, '2026-01 Hours online: posted', '-0.000001'],
    ['a total that is not the sum of what is shown', { ...bill(), total: '0.02' }, readings, '2026-01 total', '0.01'],
    ['use', bill(), { ...readings, time: '21' }, 'use: seconds', '1'],
    ['octets', bill(), { ...readings, 'octets-out': '2' }, 'use: octets out', '-1'],
  ])('tells %s that is wrong by the least', async (_what, billSaid, used, name, difference) => {
    const api = await daemonThatSays(says(billSaid, used));
    const { differences } = await audit(api, [ann], { signal, againMs: 1, steadyLooks: 2 });
    expect(differences).toMatchObject([{ account: 'ann-00001', name, difference }]);
  });

  test('tells a stored charge that is not what is on the bill', async () => {
    const wrong = pages([charge('0.904000')], [charge('0.002667')]);
    const api = await daemonThatSays(says(bill(), readings, wrong));
    const { differences } = await audit(api, [ann], { signal, againMs: 1, steadyLooks: 2 });
    expect(differences.map(({ name, difference }) => [name, Number(difference)])).toEqual([
      ['2026-01 Hours online: charges', 0.9],
      ['2026-01 charges', 0.9],
    ]);
  });

  test.each([
    ['what makes cents of a line', '0.003333', []],
    ['anything else', '0.003334', ['2026-01 Hours online: rounding', '2026-01 charges']],
  ])('takes for the rounding of a closed bill %s', async (_what, rounding, names) => {
    const closed = pages([charge(rounding, 'rounding')], [charge('0.006667')]);
    const api = await daemonThatSays(says(bill(), readings, closed));
    const { differences } = await audit(api, [ann], { signal, againMs: 1, steadyLooks: 2 });
    expect(differences.map(({ name }) => name).sort()).toEqual(names);
  });

  test('tells lines that nobody expects, also of a name that is there already', async () => {
    const [line] = bill().lines;
    const api = await daemonThatSays(
      says({ ...bill(), lines: [line, { ...line, exactAmount: '0.000001', amount: '0.00' }] }),
    );
    const { differences } = await audit(api, [ann], { signal, againMs: 1, steadyLooks: 2 });
    expect(differences.map(({ name }) => name)).toEqual([
      '2026-01 Hours online (again): posted',
      '2026-01 Hours online (again): quantity',
    ]);
  });

  test('asks again while the daemon is not done, and believes it when it no longer changes', async () => {
    const slow = (path: string, n: number) => says(n < 30 ? { ...bill('0.000001', '0.00'), n } : bill())(path);
    const { differences } = await audit(await daemonThatSays(slow), [ann], { signal, againMs: 1, steadyLooks: 20 });
    expect(differences).toEqual([]);
  });

  test('can’t be made of an account that is not there', async () => {
    const refused = audit(await daemonThatSays(() => undefined), [ann], { signal });
    await expect(refused).rejects.toThrow(new ApiRefusal('GET /api/accounts/ann-00001/bill: 404 no such thing', 404));
  });
});

describe('the table of differences', () => {
  const difference: AccountDifference = {
    account: 'a-1',
    name: '2026-01 total',
    expected: '10.00',
    actual: '9.99',
    difference: '-0.01',
  };

  test('is nothing where there are none', () => {
    expect(differenceTable([])).toBe('');
  });

  test('has a line for each, and the number of those it leaves out', () => {
    expect(differenceTable([difference])).toBe(
      'account  what           expected  daemon says  difference\na-1      2026-01 total     10.00         9.99       -0.01\n',
    );
    const late = { ...difference, name: '2026-02 Data (adjustment of the bill from 2026-01-01): posted' };
    expect(differenceTable([late])).toMatch(/\nAdjustments are of use that came when its bill was closed; .*\n$/);
    const many = differenceTable(new Array<AccountDifference>(100).fill(difference)).split('\n');
    expect(many).toHaveLength(43);
    expect(many.at(-2)).toBe('… and 60 more');
  });
});

describe('use', () => {
  const session = people.sessions[0]!;
  const report = (seconds: number, octetsIn: number, jitter = 0): Report => ({
    kind: seconds === 0 ? 'start' : 'interim',
    device: session.device,
    session,
    sendSeconds: 0,
    eventSeconds: 1_000_000 + seconds + jitter,
    seconds,
    octetsIn,
    octetsOut: octetsIn / 10,
    lost: false,
    overtaken: false,
  });
  const of = (...reports: Report[]) => piecesBySubscriber(reports).get(0);

  test('is what each report adds to those before it', () => {
    expect(of(report(0, 0), report(60, 100), report(180, 150, 1))).toEqual([
      { startSeconds: 1_000_000, endSeconds: 1_000_060, seconds: 60n, octetsIn: 100n, octetsOut: 10n },
      { startSeconds: 1_000_060, endSeconds: 1_000_181, seconds: 120n, octetsIn: 50n, octetsOut: 5n },
    ]);
  });

  test('begins at the event less the session time where the Start is lost or late', () => {
    const piece = { startSeconds: 1_000_000, endSeconds: 1_000_060, seconds: 60n, octetsIn: 100n, octetsOut: 10n };
    expect(of(report(60, 100))).toEqual([piece]);
    expect(of(report(60, 100), report(0, 0))).toEqual([piece]);
  });

  test('does not grow by a report that was overtaken', () => {
    expect(of(report(0, 0), report(120, 200), report(60, 100))).toHaveLength(1);
  });
});
