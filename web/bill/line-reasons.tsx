/** Why a line costs what it costs: its multiplication, the plan and its versions, and the records behind it. */
import type { BillView } from '../../daemon/contract.ts';
import { compare } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { formatMoney } from '../money.ts';
import { Moment } from '../parts/moment.tsx';
import { formatCount, formatQuantity, unitOne } from '../quantity.ts';
import { ChargeTrace } from './charge-trace.tsx';
import type { Behind } from './lines-panel.tsx';
import type { ShownLine } from './shown-lines.ts';
import { unitPriceOf } from './unit-price.ts';

const text = en.why;
const chargesShown = 3;

export interface LineReasonsProps {
  readonly line: ShownLine;
  readonly bill: BillView;
  readonly behind: Behind | null;
}

export function LineReasons({ line, bill, behind }: LineReasonsProps) {
  if (line.key === 'open') return <p>{text.open}</p>;
  const counted = behind?.spend?.view?.lines.find((one) => isOfLine(line, one));
  const latest = (behind?.charges ?? []).filter((charge) => isOfLine(line, charge)).slice(0, chargesShown);
  return (
    <div className="why-body">
      {line.corrects !== undefined && (
        <p>
          {text.corrects}{' '}
          {behind === null ? (
            en.raw.corrects(line.corrects)
          ) : (
            <a href={`#charge-${line.corrects}`}>{en.raw.corrects(line.corrects)}</a>
          )}
        </p>
      )}
      <p className="figure">{equationOf(line, bill.currency)}</p>
      {compare(line.amount, line.exactAmount) !== 0 && (
        <p>{text.rounded(formatMoney(line.exactAmount, bill.currency), formatMoney(line.amount, bill.currency))}</p>
      )}
      {counted !== undefined && (
        <p>
          {line.plan === '' ? text.priced : text.plan(line.plan, counted.versions)}{' '}
          {text.counted(formatCount(counted.charges), counted.charges, formatCount(counted.records), counted.records)}
        </p>
      )}
      {latest.length > 0 && (
        <ul className="why-charges">
          {latest.map((charge) => (
            <li key={charge.seq}>
              <Moment at={charge.at} zone={bill.timezone} day />
              <span className="figure">
                {charge.unit !== '' && `${formatQuantity(charge.quantity, charge.unit)} · `}
                {formatMoney(charge.amount, bill.currency)}
              </span>
              <ChargeTrace
                account={bill.account}
                seq={charge.seq}
                label={charge.label}
                currency={bill.currency}
                zone={bill.timezone}
              />
            </li>
          ))}
        </ul>
      )}
      {behind !== null && (
        <button type="button" className="button" onClick={() => behind.onFollow(line)}>
          {text.follow}
        </button>
      )}
    </div>
  );
}

/** A charge, or a count of them, belongs to the line of its plan, label and unit. */
export function isOfLine(
  line: Pick<ShownLine, 'plan' | 'label' | 'unit'>,
  other: { readonly plan: string; readonly label: string; readonly unit: string },
): boolean {
  return other.plan === line.plan && other.label === line.label && other.unit === line.unit;
}

function equationOf(line: ShownLine, currency: string): string {
  const amount = formatMoney(line.exactAmount, currency);
  const price = line.unit === '' ? null : unitPriceOf(line.quantity, line.exactAmount);
  if (price === null) return text.fixed(amount);
  const quantity = formatQuantity(line.quantity, line.unit);
  const each = en.bill.perUnit(formatMoney(price.price, currency), unitOne(line.unit));
  return price.exact ? text.equation(quantity, each, amount) : text.average(quantity, amount, each);
}
