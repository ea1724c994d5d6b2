/** Use that waits for an account, by subject; giving an account the identity releases it. */
import type { HealthView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { Empty, Failure, Panel, Skeleton } from '../parts/panel.tsx';
import { useAnswer } from '../parts/use-answer.ts';
import { formatCount } from '../quantity.ts';

const text = en.manage;

export function SuspensePanel() {
  const { value, problem, again } = useAnswer<HealthView['suspense']>('/api/suspense');
  return (
    <Panel
      title={text.suspense}
      note={value === null ? undefined : text.waiting(formatCount(value.waiting), value.waiting)}
    >
      {problem !== null && value === null ? (
        <Failure problem={problem} onRetry={again} />
      ) : value === null ? (
        <Skeleton rows={3} />
      ) : value.subjects.length === 0 ? (
        <Empty>{en.health.noSuspense}</Empty>
      ) : (
        <ul className="identities">
          {value.subjects.map(({ kind, value: subject, count, reason }) => (
            <li key={`${kind} ${subject}`}>
              <span>
                <strong>{subject}</strong> <span className="muted">{`${kind} · ${reason}`}</span>
              </span>
              <span className="figure">{formatCount(count)}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
