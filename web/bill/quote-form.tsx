/** The price of any use: what, how much of it, and for a call the number that is called. */
import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { Problem, QuoteAnswer } from '../../daemon/contract.ts';
import { problemFrom } from '../api.ts';
import { compare, decimalsOf, product } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { Failure } from '../parts/panel.tsx';
import { formatQuantity } from '../quantity.ts';
import { useApi } from '../session/session.tsx';
import { typedNumber } from '../typed-number.ts';
import { buysText, priceText } from './quote-text.ts';
import { askQuotes, type WantedUse } from './use-quotes.ts';

const text = en.quote;

/** Meters a person may ask for, with the units to say how much; the first is the usual one. */
const meters: Readonly<Record<string, readonly string[]>> = {
  time: ['hour', 'minute', 'day'],
  'octets-in': ['GB', 'MB', 'TB'],
  'octets-out': ['GB', 'MB', 'TB'],
  voice: ['minute', 'second', 'hour'],
  messages: ['1'],
  downloads: ['1'],
  content: ['1'],
};

/** Of units that measure time and of things counted one by one: seconds and things have no parts. */
const wholes: Readonly<Record<string, string>> = { second: '1', minute: '60', hour: '3600', day: '86400', '1': '1' };
const yearSeconds = '31622400';

export interface QuoteFormProps {
  readonly account: string;
  /** Of the bill beside it: an answer on another one is no longer shown. */
  readonly basis: string;
  /** Begins with a call, whose number is what is missing. */
  readonly call: boolean;
}

export function QuoteForm({ account, basis, call }: QuoteFormProps) {
  const api = useApi();
  const [meter, setMeter] = useState(call ? 'voice' : 'time');
  const number = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (call) number.current?.focus();
  }, [call]);
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  const [quote, setQuote] = useState<{ readonly answer: QuoteAnswer; readonly basis: string } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const use = wantedUse(meter, new FormData(event.currentTarget));
    setProblem(null);
    setWrong(typeof use === 'string' ? use : '');
    if (typeof use === 'string') return setQuote(null);
    setBusy(true);
    try {
      const [answer] = await askQuotes(api, account, [use]);
      setQuote(answer === undefined ? null : { answer, basis });
    } catch (error) {
      setQuote(null);
      setProblem(problemFrom(error));
    }
    setBusy(false);
  };

  return (
    <form className="quote-form" onSubmit={(event) => void submit(event)}>
      <label className="field">
        <span>{text.meter}</span>
        <select name="meter" value={meter} onChange={(event) => setMeter(event.target.value)}>
          {Object.keys(meters).map((name) => (
            <option key={name} value={name}>
              {en.meters[name] ?? name}
            </option>
          ))}
        </select>
      </label>
      <div className="quote-form-row">
        <label className="field">
          <span>{text.quantity}</span>
          <input name="quantity" inputMode="decimal" required maxLength={20} defaultValue={call ? '3' : '1'} />
        </label>
        <label className="field">
          <span>{text.unit}</span>
          <select name="unit" key={meter}>
            {meters[meter]?.map((unit) => (
              <option key={unit} value={unit}>
                {formatQuantity('2', unit).replace(/^2\u00a0?/, '') || en.unknown}
              </option>
            ))}
          </select>
        </label>
      </div>
      {meter === 'voice' && (
        <label className="field">
          <span>{text.calledNumber}</span>
          <input ref={number} name="calledNumber" type="tel" maxLength={32} />
        </label>
      )}
      <button type="submit" className="button" disabled={busy}>
        {busy ? text.busy : text.ask}
      </button>
      <div className="quote-answer" role="status">
        {wrong !== '' && <p>{wrong}</p>}
        {quote !== null && quote.basis !== basis && <p>{text.askAgain}</p>}
        {quote !== null && quote.basis === basis && <QuoteText quote={quote.answer} />}
      </div>
      {problem !== null && <Failure problem={problem} />}
    </form>
  );
}

function QuoteText({ quote }: { readonly quote: QuoteAnswer }) {
  return (
    <>
      <p>
        <strong>{text.answer(formatQuantity(quote.quantity, quote.unit), priceText(quote))}</strong>
      </p>
      <p>{buysText(quote)}</p>
    </>
  );
}

/** What is asked for, or what is wrong with it. */
function wantedUse(meter: string, form: FormData): WantedUse | string {
  const typed = typedNumber(String(form.get('quantity') ?? ''));
  if (!typed.ok) return typed.why;
  const quantity = typed.value;
  const unit = String(form.get('unit') ?? '');
  const whole = wholes[unit];
  const base = product(quantity, whole ?? '1');
  const isTime = whole !== undefined && unit !== '1';
  const isWrong = compare(base, '0') <= 0 || (whole !== undefined && decimalsOf(base) > 0);
  if (isWrong || (isTime && compare(base, yearSeconds) > 0)) return text.wrongQuantity;
  const number = String(form.get('calledNumber') ?? '').trim();
  return { meter, quantity, unit, ...(number === '' ? {} : { attributes: { calledNumber: number } }) };
}
