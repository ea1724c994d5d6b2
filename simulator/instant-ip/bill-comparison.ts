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

/** One sentence. `grown` and `replayed` as `exactSum` and thousandths. */
export function comparisonText(grown: bigint, replayed: bigint): string {
  const difference = grown - replayed * perThousandth;
  const bill = `the daemon's bill grew by ${exactText(grown)}`;
  if (difference === 0n) return `${bill}, as was logged`;
  return `${bill}, but ${printThousandths(replayed)} was logged: a difference of ${exactText(difference)} (other use, or a charge it could not bill)`;
}

export function agrees(grown: bigint, replayed: bigint): boolean {
  return grown === replayed * perThousandth;
}

/** At least three decimals, no more than needed. */
function exactText(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0{0,12}$/, '');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${fraction}`;
}
