/** The two figures beside the total: where the period leads, with its method, and the same day of the last period. */
import type { BillView, Problem, SpendView } from '../../daemon/contract.ts';
import { compare } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { formatDate } from '../moment.ts';
import { formatMoney } from '../money.ts';
import { Amount } from '../parts/amount.tsx';
import type { Spend } from './use-spend.ts';

const text = en.figures;

/** Both take their place before they are known, so that nothing moves when they come. */
export function Figures({ spend, bill: { total, currency } }: { readonly spend: Spend; readonly bill: BillView }) {
  const { view, problem } = spend;
  return (
    <div className="figures">
      <dl>
        <div>
          <dt>
            {text.forecast} <span className="badge">{text.estimate}</span>
          </dt>
          <dd className="figure-value" title={view === null ? undefined : methodOf(view)}>
            {view === null ? (
              <Unknown failed={problem !== null} />
            ) : (
              <Amount amount={noLessThan(total, view.forecast.amount)} currency={currency} />
            )}
          </dd>
        </div>
        <div>
          <dt>{text.sameDay}</dt>
          <dd
            className="figure-value"
            title={view?.previous ? text.sameDayWhy(formatDate(view.previous.sameDayDate)) : undefined}
          >
            {view === null ? <Unknown failed={problem !== null} /> : <SameDay view={view} />}
          </dd>
        </div>
      </dl>
      {problem === null ? (
        <details className="method">
          <summary>{text.how}</summary>
          <p>{view === null ? en.loading : methodOf(view)}</p>
          {view?.previous && <p>{text.sameDayWhy(formatDate(view.previous.sameDayDate))}</p>}
        </details>
      ) : (
        <FiguresFailed problem={problem} onRetry={spend.retry} />
      )}
    </div>
  );
}

/** In a line or two: the total above them is right, and must not be pushed away. */
function FiguresFailed({ problem, onRetry }: { readonly problem: Problem; readonly onRetry: () => void }) {
  return (
    <p className="figures-failed" role="alert">
      {text.notKnown} <span className="failure-code">{en.problem.code(problem.code)}</span>{' '}
      <button type="button" className="why" onClick={onRetry}>
        {en.retry}
      </button>
    </p>
  );
}

function SameDay({ view }: { readonly view: SpendView }) {
  const { previous, currency } = view;
  if (previous === null) return <span className="muted">{text.noPrevious}</span>;
  return <Amount amount={previous.sameDay} currency={currency} />;
}

/** The live total passes a forecast of some seconds ago where the period is nearly over. */
function noLessThan(total: string, forecast: string): string {
  return compare(forecast, total) < 0 ? total : forecast;
}

function Unknown({ failed }: { readonly failed: boolean }) {
  return failed ? <span>{en.unknown}</span> : <span className="skeleton-line" />;
}

function methodOf({ forecast, currency }: SpendView): string {
  const money = (amount: string) => formatMoney(amount, currency, { estimate: true });
  const { usage, perDay, daysBegun, daysToGo, due } = forecast;
  const pace = text.pace(money(usage), daysBegun, money(perDay), daysToGo);
  return compare(due, '0') === 0 ? pace : `${pace} ${text.due(money(due))}`;
}
