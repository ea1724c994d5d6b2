/** A total as the largest figure of the page: whole units large, the currency and the fraction smaller, on one line. */
import type { CSSProperties } from 'react';
import { moneyParts } from '../money.ts';

const small = new Set<Intl.NumberFormatPartTypes>(['currency', 'fraction', 'decimal', 'literal']);

export function BigAmount({ amount, currency }: { readonly amount: string; readonly currency: string }) {
  const parts = moneyParts(amount, currency);
  const style = { '--digits': digitsOf(parts) } as CSSProperties;
  return (
    <span className="total-fit" style={style}>
      {parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one number have no other name
        <span key={index} className={small.has(part.type) ? 'total-small' : undefined}>
          {part.value}
        </span>
      ))}
    </span>
  );
}

/** How wide it is, in digits of the full size; total.css has the same share for the smaller ones. */
function digitsOf(parts: readonly Intl.NumberFormatPart[]): number {
  const widths = parts.map(({ type, value }) => value.length * (small.has(type) || type === 'group' ? 0.6 : 1));
  return widths.reduce((sum, width) => sum + width, 0);
}
