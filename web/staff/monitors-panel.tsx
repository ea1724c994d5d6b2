/** Use that the account's plan watches (UseMonitor), marked where it is beyond what the plan allows. */
import type { MonitorView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { Answered } from '../parts/answered.tsx';
import { Empty, Panel } from '../parts/panel.tsx';
import { useAnswer } from '../parts/use-answer.ts';
import { formatQuantity } from '../quantity.ts';
import type { AccountPanelProps } from './account-panel.ts';

const text = en.manage;

export function MonitorsPanel({ path }: Pick<AccountPanelProps, 'path'>) {
  const answer = useAnswer<{ readonly items: readonly MonitorView[] }>(`${path}/monitors`);
  return (
    <Panel title={text.monitors}>
      <Answered answer={answer} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>{text.noMonitors}</Empty>
          ) : (
            <ul className="identities">
              {items.map(({ plan, primitive, label, used, limit, unit, beyond }) => (
                <li key={`${plan} ${primitive}`}>
                  <span>
                    <strong>{label}</strong> {beyond && <span className="badge">{text.beyond}</span>}
                  </span>
                  <span className="figure">
                    {text.ofLimit(formatQuantity(used, unit), formatQuantity(limit, unit))}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </Panel>
  );
}
