/** Why one charge is what it is: asked for when it is opened, step by step, what was multiplied on its own line. */
import { type ReactNode, useCallback, useState } from 'react';
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
  /** On one line with the button. */
  readonly beside?: ReactNode;
}

type Step = ChargeTraceView['steps'][number];
type Term = NonNullable<Step['terms']>[number];

export function ChargeTrace(props: ChargeTraceProps) {
  const [open, setOpen] = useState(false);
  return (
    <div className="charge-trace">
      <div className="trace-head">
        <button
          type="button"
          className="why"
          aria-expanded={open}
          aria-label={text.ofCharge(props.seq, props.label)}
          onClick={() => setOpen(!open)}
        >
          {en.bill.why}
        </button>
        {props.beside}
      </div>
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
        <StepOf key={index} step={step} currency={currency} zone={zone} />
      ))}
    </ol>
  );
}

interface StepProps {
  readonly step: Step;
  readonly currency: string;
  readonly zone: string;
}

/** When, by what, what it did, and what that came to. */
function StepOf({ step, currency, zone }: StepProps) {
  const [from, to] = [formatTime(Date.parse(step.from), zone), formatTime(Date.parse(step.to), zone)];
  const terms = step.terms ?? [];
  return (
    <li>
      <span className="muted figure">
        {step.from === step.to ? from : text.between(from, to)} {text.by(step.primitive, step.plan, step.version)}
      </span>
      <span>{terms.length === 0 ? step.text : positionOf(step.text)}</span>
      {terms.map((term, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        <span key={place} className="figure">
          <TermText term={term} currency={currency} />
        </span>
      ))}
      {step.charged !== undefined && (
        <strong className="figure">{text.charged(step.label ?? '', formatMoney(step.charged, currency))}</strong>
      )}
    </li>
  );
}

/** Where in the steps of a price the use lies: "hour 1.5 → 2: …" is told in words, the products stand below. */
function positionOf(words: string): string {
  const found = /^(\S+) (\d\S*) → ([\d.]+)/.exec(words);
  if (found === null) return words;
  const [, unit = '', before = '', after = ''] = found;
  return text.position(formatQuantity(before, ''), formatQuantity(after, unit));
}

function TermText({ term, currency }: { readonly term: Term; readonly currency: string }) {
  const { quantity, inUnit, baseUnit, unit, multiplier, constant, of } = term;
  const price = isDecimal(multiplier) && unit !== '' ? formatMoney(multiplier, currency) : multiplier;
  const each = unit === '' ? price : en.bill.perUnit(price, unitOne(unit));
  const added = isDecimal(constant) && compare(constant, '0') === 0 ? '' : ` + ${constant}`;
  return (
    <>
      {unit === '' ? formatMoney(quantity, currency) : formatQuantity(inUnit, unit)}
      {baseUnit !== '' && inUnit !== quantity && <span className="muted"> ({formatQuantity(quantity, baseUnit)})</span>}
      {text.times(each, added, of)}
    </>
  );
}
