/** Which period's bill is shown: now's, or an earlier one, which the address then names. */
import type { BillPeriodView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { formatPeriod } from '../moment.ts';
import { useAnswer } from '../parts/use-answer.ts';
import { navigate } from '../router.tsx';

export type Period = Pick<BillPeriodView, 'from' | 'to'>;

/** As the address and the API have it: the month in which the period begins. */
export function monthOf({ from }: Period): string {
  return from.slice(0, 7);
}

export interface PeriodChooserProps {
  readonly account: string;
  /** The one that is shown. */
  readonly period: Period;
  /** Address of the bill of now. */
  readonly path: string;
}

/** Only a text where there is nothing to choose, or not yet; asked for again when the month rolls over under the page. */
export function PeriodChooser({ account, period, path }: PeriodChooserProps) {
  const { value } = useAnswer<{ items: readonly BillPeriodView[] }>(
    `/api/accounts/${encodeURIComponent(account)}/bills`,
    period.from,
  );
  const [now, ...before] = value?.items ?? [];
  const isListed = value?.items.some(({ from }) => from === period.from) ?? false;
  if (now === undefined || before.length === 0 || !isListed)
    return <span className="period-text">{formatPeriod(period)}</span>;
  const choose = (month: string) => navigate(month === monthOf(now) ? path : `${path}?period=${month}`);
  return (
    <label className="chooser period-chooser">
      <span className="spoken">{en.past.choose}</span>
      <select value={monthOf(period)} onChange={(event) => choose(event.target.value)}>
        {[now, ...before].map((one) => (
          <option key={one.from} value={monthOf(one)}>
            {one === now ? en.past.now(formatPeriod(one)) : formatPeriod(one)}
          </option>
        ))}
      </select>
    </label>
  );
}
