/**
 * The audit of a population: every account's bills, stored charges and use, asked of the daemon by its public HTTP
 * interface, beside what use.ts, charges.ts and fees.ts work out. All must agree to the last digit.
 *
 * The daemon answers a device before it rates, so a difference may only mean that it is not done yet: accounts that differ
 * are asked again until what they say no longer changes.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { compareAmounts, type Difference, formatDecimal } from '../auditor.ts';
import { type AuditedAccount, auditAccount } from './account.ts';
import { type Api, forEachOf } from './api.ts';
import { minorScale } from './charges.ts';

export interface AccountDifference extends Difference {
  readonly account: string;
}

export interface AuditResult {
  readonly accounts: number;
  readonly bills: number;
  /** Sum of the totals of all bills, as the daemon shows them. */
  readonly total: string;
  /** Stored charges that were read. */
  readonly charges: number;
  /** Figures compared: lines, quantities, totals, sums of charges, use. */
  readonly figures: number;
  /** In order of the accounts. */
  readonly differences: readonly AccountDifference[];
}

export interface AuditOptions {
  readonly signal: AbortSignal;
  /** Told of accounts that are done, and of charges read so far, which may take longer. */
  readonly onProgress?: (done: number, of: number, charges: number) => void;
  /** An account that still differs is asked again after this long, and believed when it said the same so many times. */
  readonly againMs?: number;
  readonly steadyLooks?: number;
}

const atOnce = 8;

export async function audit(
  api: Api,
  accounts: readonly AuditedAccount[],
  { signal, onProgress, againMs = 500, steadyLooks = 6 }: AuditOptions,
): Promise<AuditResult> {
  const differences = new Map<AuditedAccount, readonly Difference[]>();
  const shown = new Map<AuditedAccount, { total: bigint; bills: number; charges: number; figures: number }>();

  const look = async (some: readonly AuditedAccount[], progress?: AuditOptions['onProgress']) => {
    let [done, read] = [0, 0];
    const onCharges = (charges: number) => {
      read += charges;
      progress?.(done, some.length, read);
    };
    await forEachOf(some, atOnce, async (account) => {
      const { expected, actual, total, bills, charges } = await auditAccount(api, account, onCharges);
      differences.set(account, compareAmounts(expected, actual));
      shown.set(account, { total, bills, charges, figures: new Set([...expected.keys(), ...actual.keys()]).size });
      progress?.(++done, some.length, read);
    });
  };

  await look(accounts, onProgress);
  let last = '';
  for (let steady = 0; steady < steadyLooks; ) {
    const differing = accounts.filter((account) => differences.get(account)!.length > 0);
    if (differing.length === 0) break;
    const now = JSON.stringify(differing.map((account) => differences.get(account)));
    steady = now === last ? steady + 1 : 0;
    last = now;
    await pause(againMs, undefined, { signal });
    await look(differing);
  }

  const sums = { total: 0n, bills: 0, charges: 0, figures: 0 };
  for (const { total, bills, charges, figures } of shown.values()) {
    sums.total += total;
    sums.bills += bills;
    sums.charges += charges;
    sums.figures += figures;
  }
  return {
    accounts: accounts.length,
    bills: sums.bills,
    total: formatDecimal(sums.total, minorScale),
    charges: sums.charges,
    figures: sums.figures,
    differences: accounts.flatMap((account) =>
      differences.get(account)!.map((each) => ({ account: account.subscriber.account, ...each })),
    ),
  };
}

const rowsMax = 40;

/** The differences as a table for people, the first ones if they are many; '' where there are none. */
export function differenceTable(differences: readonly AccountDifference[]): string {
  if (differences.length === 0) return '';
  const rows = differences
    .slice(0, rowsMax)
    .map(({ account, name, expected, actual, difference }) => [account, name, expected, actual, difference]);
  const table = [['account', 'what', 'expected', 'daemon says', 'difference'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  '),
  );
  const more = differences.length - rows.length;
  if (more > 0) lines.push(`… and ${more} more`);
  if (differences.some(({ name }) => name.includes('(adjustment of'))) {
    lines.push(
      'Adjustments are of use that came when its bill was closed; billing.graceHours keeps bills open for longer.',
    );
  }
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}
