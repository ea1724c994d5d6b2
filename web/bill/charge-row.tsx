/** One posted charge: when, what for, how much, by which version of which plan. */
import { memo } from 'react';
import type { ChargeView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { localDateOf } from '../moment.ts';
import { formatMoney } from '../money.ts';
import { Moment } from '../parts/moment.tsx';
import { formatQuantity } from '../quantity.ts';
import { Link } from '../router.tsx';
import { ChargeTrace } from './charge-trace.tsx';

const text = en.raw;

export interface ChargeRowProps {
  readonly charge: ChargeView;
  readonly account: string;
  readonly zone: string;
  readonly currency: string;
  readonly chosen: boolean;
  /** Null where the use that was charged stands nowhere beside it. */
  readonly onChoose: ((usage: string) => void) | null;
  /** Where it can be corrected; null for who may not. */
  readonly correctAt: string | null;
}

export const ChargeRow = memo(
  function ChargeRow({ charge, account, zone, currency, chosen, onChoose, correctAt }: ChargeRowProps) {
    const { usage } = charge;
    const body = <ChargeText charge={charge} zone={zone} currency={currency} />;
    return (
      <li id={`charge-${charge.seq}`} className={chosen ? 'row row-chosen' : 'row'}>
        {usage === null || onChoose === null ? (
          <div className="row-button">{body}</div>
        ) : (
          <button type="button" className="row-button" aria-pressed={chosen} onClick={() => onChoose(usage)}>
            {body}
          </button>
        )}
        {charge.corrects !== undefined && (
          <p className="row-note">
            <a className="target" href={`#charge-${charge.corrects}`}>
              {text.corrects(charge.corrects)}
            </a>
          </p>
        )}
        <ChargeTrace
          account={account}
          seq={charge.seq}
          label={charge.label}
          currency={currency}
          zone={zone}
          beside={
            correctAt !== null &&
            charge.kind !== 'correction' &&
            charge.kind !== 'rounding' && (
              <Link className="row-note target" href={correctAt}>
                {text.correct}
              </Link>
            )
          }
        />
      </li>
    );
  },
  (a, b) => a.charge.seq === b.charge.seq && a.chosen === b.chosen && a.zone === b.zone,
);

function ChargeText({ charge, zone, currency }: Pick<ChargeRowProps, 'charge' | 'zone' | 'currency'>) {
  const kind = text.kinds[charge.kind] ?? charge.kind;
  return (
    <>
      <span className="row-head">
        <span className="row-label">
          {charge.label}
          {kind !== '' && <span className={`badge badge-${charge.kind}`}>{kind}</span>}
          {isLate(charge, zone) && (
            <span className="badge badge-late" title={text.lateWhy}>
              {text.late}
            </span>
          )}
        </span>
        <span className="figure row-amount">{formatMoney(charge.amount, currency)}</span>
      </span>
      <span className="row-foot">
        <span>
          <Moment at={charge.at} zone={zone} day />
          {originOf(charge).map((origin) => ` · ${origin}`)}
        </span>
        {charge.unit !== '' && <span className="figure">{formatQuantity(charge.quantity, charge.unit)}</span>}
      </span>
    </>
  );
}

/** By which plan, or, where it came priced, what for, whose service it was and for whom. */
function originOf({ plan, version, additional, vendor, attribution }: ChargeView): string[] {
  const by = plan === '' ? [] : [text.plan(plan, version)];
  return [...by, additional, vendor, attribution].filter((part) => part !== '');
}

/** Used before the period it is charged in: that period's bill was closed already. */
function isLate({ kind, at, period }: ChargeView, zone: string): boolean {
  return (kind === 'usage' || kind === 'priced') && localDateOf(Date.parse(at), zone) < period.from;
}
