/** A price as people read it: an amount, or why there is none; and how much the balance buys. */
import type { QuoteAnswer, QuoteRefusal } from '../../daemon/contract.ts';
import { compare } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { formatMoney } from '../money.ts';
import { formatReading } from '../quantity.ts';

const text = en.quote;

export function priceText(quote: QuoteAnswer): string {
  if ('refused' in quote) return refusedText(quote);
  const { amount, currency, free } = quote;
  if (free === 'allowance') return text.fromAllowance;
  if (free === 'unpriced') return text.unpriced;
  return compare(amount, '0') === 0 ? text.free : formatMoney(amount, currency);
}

/** Nothing where the balance sets no limit, or the use is not priced. */
export function buysText(quote: QuoteAnswer): string {
  if ('refused' in quote) return '';
  const { buys, meter, free } = quote;
  if (buys === null || free === 'unpriced') return '';
  if (buys.beyond) return text.buysBeyond;
  return buys.quantity === '0' ? text.buysNone : text.buys(formatReading(meter, buys.quantity).text);
}

/** Its price is one of many, by the number that is called. */
export function needsNumber(quote: QuoteAnswer): boolean {
  return 'refused' in quote && quote.meter === 'voice' && quote.refused === 'bad-attribute';
}

function refusedText(quote: QuoteRefusal): string {
  if (quote.refused === 'no-plan') return text.refused.noPlan;
  if (needsNumber(quote)) return text.refused.number;
  return quote.meter === 'voice' && quote.refused === 'no-rate' ? text.refused.noRate : text.refused.other;
}
