/** The price of any use: what, how much of it, and for a call the number that is called. */
import { type FormEvent, useState } from 'react';
import type { Problem, QuoteView } from '../../daemon/contract.ts';
import { problemFrom } from '../api.ts';
import { isDecimal } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { Failure } from '../parts/panel.tsx';
import { formatQuantity } from '../quantity.ts';
import { useApi } from '../session/session.tsx';
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

export function QuoteForm({ account }: { readonly account: string }) {
  const api = useApi();
  const [meter, setMeter] = useState('time');
  const [busy, setBusy] = useState(false);
  const [quote, setQuote] = useState<QuoteView | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const use = wantedUse(meter, new FormData(event.currentTarget));
    setBusy(true);
    setProblem(null);
    try {
      setQuote((await askQuotes(api, account, [use]))[0] ?? null);
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
          <input
            name="quantity"
            inputMode="decimal"
            required
            pattern="\d{1,12}([.,]\d{1,6})?"
            title={text.wrongQuantity}
            defaultValue="1"
          />
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
          <input name="calledNumber" type="tel" maxLength={32} />
        </label>
      )}
      <button type="submit" className="button" disabled={busy}>
        {busy ? text.busy : text.ask}
      </button>
      <div className="quote-answer" role="status">
        {quote !== null && (
          <>
            <p>
              <strong>{text.answer(formatQuantity(quote.quantity, quote.unit), priceText(quote))}</strong>
            </p>
            <p>{buysText(quote)}</p>
          </>
        )}
      </div>
      {problem !== null && <Failure problem={problem} />}
    </form>
  );
}

function wantedUse(meter: string, form: FormData): WantedUse {
  const typed = String(form.get('quantity') ?? '').replace(',', '.');
  const number = String(form.get('calledNumber') ?? '').trim();
  return {
    meter,
    quantity: isDecimal(typed) ? typed : '',
    unit: String(form.get('unit') ?? ''),
    ...(number === '' ? {} : { attributes: { calledNumber: number } }),
  };
}
