/** Spend and use over time: by day, or after each of the last charges; the viewer chooses. */
import { memo, useMemo, useState } from 'react';
import type { BillView, ChargeView, LiveCharge, SpendView } from '../../daemon/contract.ts';
import { compare } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { Empty, Failure, Panel, Skeleton } from '../parts/panel.tsx';
import { metersOf } from './day-bars.ts';
import { DaysChart, nameOf } from './days-chart.tsx';
import { LastChargesChart } from './last-charges-chart.tsx';
import { spendLine } from './spend-points.ts';
import type { Spend } from './use-spend.ts';

const text = en.bill;
const lastCharges = 'last-charges';

export interface SpendPanelProps {
  readonly bill: BillView;
  readonly charges: readonly ChargeView[];
  readonly recent: readonly LiveCharge[];
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly spend: Spend;
}

export const SpendPanel = memo(function SpendPanel({ bill, charges, recent, phase, spend }: SpendPanelProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const line = useMemo(() => spendLine(bill, charges, recent), [bill, charges, recent]);
  const { view } = spend;
  const isLine = line.points.length >= 2;
  const shown = chosen ?? (view !== null && isByDay(view, isLine || phase === 'loading') ? 'amount' : lastCharges);
  const isComing = shown === lastCharges ? phase === 'loading' : spend.problem === null;
  return (
    <Panel
      title={text.chart}
      className="spend-panel"
      note={<Chooser shown={shown} view={view} points={line.points.length} onChoose={setChosen} />}
    >
      {shown === lastCharges && isLine ? (
        <LastChargesChart line={line} bill={bill} />
      ) : shown !== lastCharges && view !== null ? (
        <>
          <DaysChart view={view} measure={shown} />
          {!view.whole && <p className="muted">{en.days.notWhole}</p>}
        </>
      ) : isComing ? (
        <Skeleton rows={3} tall />
      ) : spend.problem !== null ? (
        <Failure problem={spend.problem} onRetry={spend.retry} />
      ) : (
        <Empty>{text.chartEmpty}</Empty>
      )}
    </Panel>
  );
});

interface ChooserProps {
  readonly shown: string;
  readonly view: SpendView | null;
  readonly points: number;
  readonly onChoose: (measure: string) => void;
}

function Chooser({ shown, view, points, onChoose }: ChooserProps) {
  const meters = view === null ? [] : metersOf(view);
  return (
    <label className="chooser">
      <span className="spoken">{en.days.choose}</span>
      <select value={shown} onChange={(event) => onChoose(event.target.value)}>
        <option value={lastCharges}>{text.chartNote(points)}</option>
        {['amount', ...meters].map((measure) => (
          <option key={measure} value={measure}>
            {en.days.byDay(nameOf(measure))}
          </option>
        ))}
      </select>
    </label>
  );
}

/**
 * One bar is no course of time, and the last charges say more on the first day; but where there is only one charge, as
 * with a flat rate all month, its bar is all there is to see.
 */
function isByDay({ days }: SpendView, hasLine: boolean): boolean {
  return days.filter(({ amount }) => compare(amount, '0') !== 0).length >= (hasLine ? 2 : 1);
}
