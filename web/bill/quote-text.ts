/** A price as people read it: an amount, or why there is none; and how much the balance buys. */
import type { QuoteView } from '../../daemon/contract.ts';
import { compare } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { formatMoney } from '../money.ts';
import { formatReading } from '../quantity.ts';

const text = en.quote;

export function priceText({ amount, currency, free }: QuoteView): string {
  if (free === 'allowance') return text.fromAllowance;
  if (free === 'unpriced') return text.unpriced;
  return compare(amount, '0') === 0 ? text.free : formatMoney(amount, currency);
}

/** Nothing where the balance sets no limit, or the use is not priced. */
export function buysText({ buys, meter, free }: QuoteView): string {
  if (buys === null || free === 'unpriced') return '';
  if (buys.beyond) return text.buysBeyond;
  return buys.quantity === '0' ? text.buysNone : text.buys(formatReading(meter, buys.quantity).text);
}
