/**
 * Did the daemon's bill grow by what was replayed into it (DESIGN §8)? Its lines before and after are added up exactly;
 * amounts there may have more decimals than a record's.
 */
import { printThousandths } from '../../collectors/index.ts';

const decimals = 15;
const perThousandth = 10n ** BigInt(decimals - 3);

/** Sum of decimal texts in units of 10⁻¹⁵; null when one is no decimal text of at most so many decimals. */
export function exactSum(amounts: readonly string[]): bigint | null {
  let sum = 0n;
  for (const amount of amounts) {
    const found = /^(-?)(\d{1,40})(?:\.(\d{1,15}))?$/.exec(amount);
    if (!found) return null;
    const value = BigInt(found[2]! + (found[3] ?? '').padEnd(decimals, '0'));
    sum += found[1] ? -value : value;
  }
  return sum;
}

/** Whether the growth (as of `exactSum`) is one of the possible sums of charges (thousandths). */
export function agrees(grown: bigint, logged: readonly bigint[]): boolean {
  return logged.some((sum) => grown === sum * perThousandth);
}

/** One sentence. */
export function comparisonText(grown: bigint, logged: readonly [bigint, ...bigint[]]): string {
  const bill = `the daemon's bill grew by ${exactText(grown)}`;
  if (agrees(grown, logged)) return `${bill}, as was logged`;
  const difference = exactText(grown - logged[0] * perThousandth);
  const perhaps = 'other use, or a charge that it could not bill';
  return `${bill}, but ${printThousandths(logged[0])} was logged: a difference of ${difference} (${perhaps})`;
}

/** At least three decimals, no more than needed. */
function exactText(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0{0,12}$/, '');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${fraction}`;
}
