/** What one unit of a line cost, from its quantity and its unrounded amount: the price itself, or an average. */
import { compare, decimalsOf, difference, negated, product, quotient, shiftedLeft } from '../decimal.ts';

export interface UnitPrice {
  readonly price: string;
  /** Every unit had this price; otherwise steps, increments or free quantities make it an average. */
  readonly exact: boolean;
}

/** With more decimals any quotient of small quantities would look like a price. */
const decimalsMax = 4;
/** An average has so many digits that matter. */
const averageDigits = 4;
const quantityDecimals = 6;
const fractionMax = 12;

/** Null where nothing was counted. The quantity is in the line's unit, of at most six decimals. */
export function unitPriceOf(quantity: string, exactAmount: string): UnitPrice | null {
  if (compare(quantity, '0') === 0) return null;
  for (let decimals = 0; decimals <= decimalsMax; decimals++) {
    const price = quotient(exactAmount, quantity, decimals);
    if (multipliesOut(price, quantity, exactAmount)) return { price, exact: true };
  }
  // Zeros after the point don't count.
  const zeros = /^-?0\.(0*)/.exec(quotient(exactAmount, quantity, fractionMax))?.[1]?.length ?? 0;
  return { price: quotient(exactAmount, quantity, Math.min(zeros + averageDigits, fractionMax)), exact: false };
}

/**
 * Whether price × quantity is the amount but for the roundings on the way: half a millionth of a unit in the quantity
 * shown, where it has all six decimals, and half of the amount's last digit.
 */
export function multipliesOut(price: string, quantity: string, amount: string): boolean {
  const open = difference(product(price, quantity), amount);
  const wasRounded = decimalsOf(quantity) === quantityDecimals;
  const ofQuantity = wasRounded ? product(magnitude(price), '0.0000005') : '0';
  const ofAmount = shiftedLeft('5', (amount.split('.')[1]?.length ?? 0) + 1);
  const allowed = difference(ofQuantity, negated(ofAmount));
  return compare(magnitude(open), allowed) <= 0;
}

function magnitude(amount: string): string {
  return amount.startsWith('-') ? negated(amount) : amount;
}
