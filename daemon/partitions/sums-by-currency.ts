/** Running sums of money, one for each currency. */
import { AmountSum } from '../../rating/index.ts';

export class SumsByCurrency {
  readonly #sums: Map<string, AmountSum>;

  constructor(amounts: Readonly<Record<string, string>>) {
    this.#sums = new Map(Object.entries(amounts).map(([currency, amount]) => [currency, new AmountSum(amount)]));
  }

  of(currency: string): AmountSum {
    const sum = this.#sums.get(currency) ?? new AmountSum();
    this.#sums.set(currency, sum);
    return sum;
  }

  amounts(): Record<string, string> {
    return Object.fromEntries([...this.#sums].map(([currency, sum]) => [currency, sum.toString()]));
  }
}
