/** Use that the account's plan watches (UseMonitor), marked where it is beyond what the plan allows. */
import type { MonitorView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { Empty, Failure, Panel, Skeleton } from '../parts/panel.tsx';
import { useAnswer } from '../parts/use-answer.ts';
import { formatQuantity } from '../quantity.ts';
import type { AccountPanelProps } from './account-panel.ts';

const text = en.manage;

export function MonitorsPanel({ path }: Pick<AccountPanelProps, 'path'>) {
  const { value, problem, again } = useAnswer<{ readonly items: readonly MonitorView[] }>(`${path}/monitors`);
  return (
    <Panel title={text.monitors}>
      {problem !== null && value === null ? (
        <Failure problem={problem} onRetry={again} />
      ) : value === null ? (
        <Skeleton rows={2} />
      ) : value.items.length === 0 ? (
        <Empty>{text.noMonitors}</Empty>
      ) : (
        <ul className="identities">
          {value.items.map(({ plan, primitive, label, used, limit, unit, beyond }) => (
            <li key={`${plan} ${primitive}`}>
              <span>
                <strong>{label}</strong> {beyond && <span className="badge">{text.beyond}</span>}
              </span>
              <span className="figure">{text.ofLimit(formatQuantity(used, unit), formatQuantity(limit, unit))}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
