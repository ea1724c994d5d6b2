/** Included quantities and how much of each is used, in words first and as a bar. */
import type { AllowanceView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { Empty, Panel } from '../parts/panel.tsx';
import { type Level, Sign } from '../parts/sign.tsx';
import { formatQuantity } from '../quantity.ts';
import { type AllowanceShown, allowanceShown } from './allowance.ts';

const text = en.bill;
const levels: Record<AllowanceShown['state'], Level> = { ok: 'ok', near: 'warning', full: 'critical' };

export function AllowancesPanel({ allowances }: { readonly allowances: readonly AllowanceView[] }) {
  return (
    <Panel title={text.allowances}>
      {allowances.length === 0 ? (
        <Empty>{text.allowancesEmpty}</Empty>
      ) : (
        <ul className="allowances">
          {allowances.map((allowance) => (
            <Allowance key={`${allowance.label} ${allowance.unit}`} allowance={allowance} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Allowance({ allowance }: { readonly allowance: AllowanceView }) {
  const { label, used, limit, unit } = allowance;
  const { state, percent, remaining, over } = allowanceShown(allowance);
  const left = over === null ? text.remaining(formatQuantity(remaining, unit)) : text.over(formatQuantity(over, unit));
  return (
    <li className={`allowance allowance-${state}`}>
      <p className="allowance-head">
        <span>{label}</span>
        <span className="figure">{left}</span>
      </p>
      <div className="bar" aria-hidden="true">
        <span className="bar-fill" style={{ width: `${percent}%` }} />
        <span className="bar-mark" />
      </div>
      <p className="allowance-foot">
        <span className="figure">{text.used(formatQuantity(used, ''), formatQuantity(limit, unit))}</span>
        {state !== 'ok' && (
          <span className={`state state-${levels[state]}`}>
            <Sign level={levels[state]} />
            {text.allowanceState[state]}
          </span>
        )}
      </p>
    </li>
  );
}
