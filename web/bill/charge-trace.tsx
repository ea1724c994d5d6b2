/** Why one charge is what it is: asked for when it is opened, step by step, what was multiplied on its own line. */
import { useCallback, useState } from 'react';
import type { ChargeTraceView } from '../../daemon/contract.ts';
import { compare, isDecimal } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { formatTime } from '../moment.ts';
import { formatMoney } from '../money.ts';
import { Failure, Skeleton } from '../parts/panel.tsx';
import { useRefreshed } from '../parts/use-refreshed.ts';
import { formatQuantity, unitOne } from '../quantity.ts';
import { useApi } from '../session/session.tsx';

const text = en.why;
/** A charge that was posted never changes. */
const everyMs = Number.MAX_SAFE_INTEGER;

export interface ChargeTraceProps {
  readonly account: string;
  readonly seq: number;
  readonly label: string;
  readonly currency: string;
  readonly zone: string;
}

type Step = ChargeTraceView['steps'][number];

export function ChargeTrace(props: ChargeTraceProps) {
  const [open, setOpen] = useState(false);
  return (
    <div className="charge-trace">
      <button
        type="button"
        className="why"
        aria-expanded={open}
        aria-label={text.ofCharge(props.seq, props.label)}
        onClick={() => setOpen(!open)}
      >
        {en.bill.why}
      </button>
      {open && <Steps {...props} />}
    </div>
  );
}

function Steps({ account, seq, currency, zone }: ChargeTraceProps) {
  const api = useApi();
  const ask = useCallback(
    () => api.get<ChargeTraceView>(`/api/accounts/${encodeURIComponent(account)}/charges/${seq}/trace`),
    [api, account, seq],
  );
  const { value, problem, retry } = useRefreshed(ask, { everyMs, news: seq });
  if (problem !== null) return <Failure problem={problem} onRetry={retry} />;
  if (value === null) return <Skeleton rows={2} />;
  if (value.steps.length === 0) return <p className="muted">{text.noUse}</p>;
  return (
    <ol className="trace">
      {value.steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the steps of one charge never change
        <li key={index}>
          <span className="muted figure">
            {step.from === step.to
              ? formatTime(Date.parse(step.from), zone)
              : text.between(formatTime(Date.parse(step.from), zone), formatTime(Date.parse(step.to), zone))}{' '}
            {text.by(step.primitive, step.plan, step.version)}
          </span>
          <span>{step.text}</span>
          {(step.terms ?? []).map((term, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <span key={place} className="figure">
              {termText(term, currency)}
            </span>
          ))}
          {step.charged !== undefined && (
            <strong className="figure">{text.charged(step.label ?? '', formatMoney(step.charged, currency))}</strong>
          )}
        </li>
      ))}
    </ol>
  );
}

function termText(term: NonNullable<Step['terms']>[number], currency: string): string {
  const { quantity, unit, multiplier, constant, of } = term;
  const price = isDecimal(multiplier) && unit !== '' ? formatMoney(multiplier, currency) : multiplier;
  const each = unit === '' ? price : en.bill.perUnit(price, unitOne(unit));
  const amount = unit === '' ? quantity : formatQuantity(quantity, '');
  const added = isDecimal(constant) && compare(constant, '0') === 0 ? '' : ` + ${constant}`;
  return text.term(unit === '' ? amount : text.baseUnits(amount, unitOne(unit)), each, added, of);
}
