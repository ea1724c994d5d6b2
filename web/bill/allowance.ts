/** What an allowance's bar and texts say, from the exact quantities. */
import type { AllowanceView } from '../../daemon/contract.ts';
import { compare, difference, placeBetween } from '../decimal.ts';

export interface AllowanceShown {
  readonly state: 'ok' | 'near' | 'full';
  /** Floored, so that "100 %" never stands beside something left. */
  readonly percent: number;
  /** Of the limit, zero when used up. */
  readonly remaining: string;
  readonly over: string | null;
}

const nearPercent = 80;

export function allowanceShown({ used, limit }: AllowanceView): AllowanceShown {
  const left = difference(limit, used);
  const sign = compare(left, '0');
  const percent = placeBetween(used, ['0', limit], 100);
  return {
    state: sign <= 0 ? 'full' : percent >= nearPercent ? 'near' : 'ok',
    percent,
    remaining: sign < 0 ? '0' : left,
    over: sign < 0 ? difference(used, limit) : null,
  };
}
