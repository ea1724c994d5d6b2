/** The band: the amount spent, what remains and how fresh that is, in the height of a title bar. */
import type { BillView, Problem } from '../../daemon/contract.ts';
import { SpokenTotal } from '../bill/spoken-total.tsx';
import { useLiveBill } from '../bill/use-live-bill.ts';
import type { LiveState } from '../live.ts';
import { en } from '../messages.en.ts';
import { formatPeriod } from '../moment.ts';
import { formatMoney } from '../money.ts';
import { useDocumentTitle } from '../parts/document-title.ts';
import { Marked } from '../parts/marked.tsx';
import { pathsOf } from '../places.ts';
import { BalanceStateText, SpokenBalance } from './balance-text.tsx';
import { FreshnessSign } from './freshness-sign.tsx';
import { useSettled } from './use-settled.ts';

const text = en.band;
/** Characters of both amounts together that fit a window of 320 px; more are set smaller. */
const amountsLengthMax = 15;

export interface BandPageProps {
  readonly account: string;
  readonly own: boolean;
}

export function BandPage({ account, own }: BandPageProps) {
  const { state, problem, retry } = useLiveBill(account);
  const { bill } = state;
  const failure = useSettled(problem);
  const page = own ? text.title : text.titleOf(bill?.name ?? account);
  useDocumentTitle(bill === null ? page : en.bill.documentTitle(formatMoney(bill.total, bill.currency), page));
  return (
    <div className="band" data-stale={state.link === 'lost' ? '' : undefined}>
      <h1 className="spoken">{page}</h1>
      {bill === null ? <NoFigures problem={failure} onRetry={retry} /> : <Figures state={state} bill={bill} />}
      <ToDisplay href={pathsOf({ account, own }).display} />
    </div>
  );
}

function Figures({ state, bill }: { readonly state: LiveState; readonly bill: BillView }) {
  const total = formatMoney(bill.total, bill.currency);
  const balance = formatMoney(bill.balance, bill.currency);
  const long = total.length + balance.length > amountsLengthMax;
  return (
    <>
      <div className={long ? 'band-figures band-long' : 'band-figures'}>
        <div>
          <p className="band-amount" title={text.period(formatPeriod(bill.period))}>
            <span className="total">
              <Marked value={bill.total}>{total}</Marked>
            </span>{' '}
            <span className="band-word">{text.spent}</span>
          </p>
          <FreshnessSign state={state} />
        </div>
        <div className="band-balance">
          <p className="band-amount">
            <span className="band-word band-balance-word">{text.balance}</span>{' '}
            <span className="balance figure">
              <Marked value={bill.balance}>{balance}</Marked>
            </span>
          </p>
          <p className="band-state">
            <BalanceStateText bill={bill} />
          </p>
        </div>
      </div>
      <SpokenTotal total={total} />
      <SpokenBalance bill={bill} />
    </>
  );
}

function NoFigures({ problem, onRetry }: { readonly problem: Problem | null; readonly onRetry: () => void }) {
  if (problem === null) {
    return (
      <div className="band-figures" role="status">
        <span className="spoken">{en.loading}</span>
        <span className="skeleton-row" />
      </div>
    );
  }
  return (
    <div className="band-figures band-failure" role="alert">
      <p>
        <span className="failure-title">{problem.title}</span>{' '}
        <span className="failure-code">{en.problem.code(problem.code)}</span>
      </p>
      <button type="button" className="button" onClick={onRetry}>
        {en.retry}
      </button>
    </div>
  );
}

/** In another window, so that the band stays. */
function ToDisplay({ href }: { readonly href: string }) {
  return (
    <a className="icon-button" href={href} target="_blank" rel="noreferrer" title={text.toDisplay}>
      <span className="spoken">{text.toDisplay}</span>
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <path d="M8 4.5H4.5v11h11V12M11.5 4h4.5v4.5M16 4l-7 7" />
      </svg>
    </a>
  );
}
