/**
 * Accounts on the plan `metered` under a simulated NAS, and what their bills must be: worked out from the answers alone, by
 * the auditor and by closed formulas that share nothing with the daemon.
 */
import { expect } from 'vitest';
import type { BillLineView, BillView, HealthView } from '../../daemon/contract.ts';
import { type AckedRecord, expectedTotals } from '../../simulator/index.ts';
import type { Api } from './api.ts';

/** Accounts `a1`, `a2`, … with the simulated users' logins. */
export async function makeMeteredAccounts(api: Api, users: number): Promise<void> {
  await api.putPlan('metered', new URL('./plans/metered.xml', import.meta.url));
  for (let user = 1; user <= users; user++) {
    await api.createAccount({ id: `a${user}`, plan: 'metered', logins: [loginOf(user)] });
  }
}

/** Every answered record is on its bill, exactly once, and both laws of DESIGN §1 hold; `note` goes with a failure. */
export async function expectBillsAsAnswered(
  api: Api,
  acked: Iterable<AckedRecord>,
  { users, note }: { readonly users: number; readonly note: string },
): Promise<HealthView> {
  const health = await api.rated();
  expect(health.partition.quarantined).toBe(0);
  expect(health.partition.difference).toBe(0);
  for (const { collector, difference } of health.collectors) expect(difference, collector).toBe(0);
  expect(health.money.map(({ difference }) => Number(difference))).toEqual([0]);
  const expected = expectedTotals(acked);
  expect(expected.size).toBe(users);
  for (let user = 1; user <= users; user++) {
    const bill = await api.bill(`a${user}`, '2026-03');
    const totals = expected.get(loginOf(user))!;
    expect(quantities(bill), `account a${user}, ${note}`).toEqual({
      Time: totals.seconds.toString(),
      Download: totals.octetsIn.toString(),
      Upload: totals.octetsOut.toString(),
    });
    expect(bill.total, `account a${user}, ${note}`).toBe(expectedTotal(totals));
  }
  await expectChargesOf(api, 'a1');
  return health;
}

/** The bill is the sum of its charges, row by row. */
async function expectChargesOf(api: Api, account: string): Promise<void> {
  const bill = await api.bill(account, '2026-03');
  const sums = new Map<string, bigint>();
  const charges = await api.allCharges(account);
  for (const charge of charges) sums.set(charge.label, (sums.get(charge.label) ?? 0n) + micro(charge.amount));
  expect(Object.fromEntries(sums)).toEqual(
    Object.fromEntries(bill.lines.map((line: BillLineView) => [line.label, micro(line.exactAmount)])),
  );
  expect(charges.map(({ seq }) => seq)).toEqual(charges.map((_, index) => charges.length - index));
  expect(bill.seq).toBe(charges.length);
}

function quantities(bill: BillView): Record<string, string> {
  return Object.fromEntries(bill.lines.map((line) => [line.label, line.baseQuantity]));
}

/** The plan's own arithmetic by closed formula, in cents: each line rounded half up, then added. */
function expectedTotal(totals: { seconds: bigint; octetsIn: bigint; octetsOut: bigint }): string {
  const giga = 1_000_000_000n;
  const time = roundedCents(totals.seconds * 120n, 3600n);
  const firstGiga = totals.octetsIn < giga ? totals.octetsIn : giga;
  const download = roundedCents(firstGiga * 50n + (totals.octetsIn - firstGiga) * 10n, giga);
  const upload = roundedCents(totals.octetsOut * 25n, giga);
  const cents = time + download + upload;
  return `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
}

function roundedCents(numerator: bigint, denominator: bigint): bigint {
  return (2n * numerator + denominator) / (2n * denominator);
}

function micro(amount: string): bigint {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  return BigInt(`${sign}${whole}${fraction.padEnd(6, '0')}`);
}

const loginOf = (user: number): string => `user${String(user).padStart(6, '0')}@example.net`;
