/** An amount of money in a column: figures of one width, the exact string in the tooltip where it says more. */
import { formatMoney } from '../money.ts';
import { Marked } from './marked.tsx';

export interface AmountProps {
  readonly amount: string;
  readonly currency: string;
  readonly title?: string;
}

export function Amount({ amount, currency, title }: AmountProps) {
  return (
    <span className="figure" title={title}>
      <Marked value={amount}>{formatMoney(amount, currency)}</Marked>
    </span>
  );
}
