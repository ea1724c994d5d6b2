/** What would it cost now, and how much the balance still buys: three common uses, and any other on demand. */
import { useState } from 'react';
import { en } from '../messages.en.ts';
import { Failure, Panel, Skeleton } from '../parts/panel.tsx';
import { QuoteForm } from './quote-form.tsx';
import { buysText, needsNumber, priceText } from './quote-text.ts';
import { useQuotes, type WantedUse } from './use-quotes.ts';

const text = en.quote;

const presets: readonly (WantedUse & { readonly name: string })[] = [
  { name: text.presets.hour, meter: 'time', quantity: '1', unit: 'hour' },
  { name: text.presets.gigabyte, meter: 'octets-in', quantity: '1', unit: 'GB' },
  { name: text.presets.call, meter: 'voice', quantity: '3', unit: 'minute' },
];
const presetUses = presets.map(({ name: _, ...use }) => use);

export interface QuotePanelProps {
  readonly account: string;
  readonly seq: number;
  readonly basis: string;
}

/** Prices that no longer fit the bill beside them are not shown; their places stay. */
export function QuotePanel({ account, seq, basis }: QuotePanelProps) {
  const [open, setOpen] = useState(false);
  const [calls, setCalls] = useState(0);
  const enterNumber = () => {
    setOpen(true);
    setCalls((count) => count + 1);
  };
  const { value: quotes, problem, fits, retry } = useQuotes(account, presetUses, { seq, basis });
  return (
    <Panel title={text.title} className="quote-panel">
      {problem !== null ? (
        <Failure problem={problem} onRetry={retry} />
      ) : quotes === null ? (
        <Skeleton rows={4} />
      ) : (
        <table className="quotes" aria-busy={!fits}>
          <thead>
            <tr>
              <th scope="col">{text.use}</th>
              <th scope="col" className="number">
                {text.price}
              </th>
            </tr>
          </thead>
          <tbody>
            {quotes.map((quote, index) => (
              <tr key={`${quote.meter} ${quote.quantity}`}>
                <th scope="row">
                  {presets[index]?.name}
                  <span className="quote-buys">{fits ? buysText(quote) : buysText(quote) && '\u00a0'}</span>
                  {needsNumber(quote) && (
                    <button type="button" className="why" onClick={enterNumber}>
                      {text.enterNumber}
                    </button>
                  )}
                </th>
                <td className="number">{fits ? priceText(quote) : <span className="muted">{text.workedOut}</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <details className="method" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{text.other}</summary>
        <QuoteForm key={calls} account={account} basis={basis} call={calls > 0} />
      </details>
    </Panel>
  );
}
