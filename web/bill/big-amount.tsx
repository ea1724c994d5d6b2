/** A total as the largest figure of the page: whole units large, the currency and the fraction smaller. */
import { moneyParts } from '../money.ts';

const small = new Set<Intl.NumberFormatPartTypes>(['currency', 'fraction', 'decimal', 'literal']);

export function BigAmount({ amount, currency }: { readonly amount: string; readonly currency: string }) {
  return moneyParts(amount, currency).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one number have no other name
    <span key={index} className={small.has(part.type) ? 'total-small' : undefined}>
      {part.value}
    </span>
  ));
}
