/** Use that waits for an account, by subject; giving an account the identity releases it. */
import { useState } from 'react';
import type { HealthView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { Answered } from '../parts/answered.tsx';
import { Empty, Panel } from '../parts/panel.tsx';
import { useAnswer } from '../parts/use-answer.ts';
import { formatCount } from '../quantity.ts';

const text = en.manage;

const rowsFirst = 5;

/** Asked for again after each change: what was given an account no longer waits. */
export function SuspensePanel({ changes }: { readonly changes: number }) {
  const answer = useAnswer<HealthView['suspense']>('/api/suspense', changes);
  const waiting = answer.value?.waiting;
  return (
    <Panel title={text.suspense} note={waiting === undefined ? undefined : text.waiting(formatCount(waiting), waiting)}>
      <Answered answer={answer} rows={3}>
        {({ subjects }) => (subjects.length === 0 ? <Empty>{en.health.noSuspense}</Empty> : <Subjects of={subjects} />)}
      </Answered>
    </Panel>
  );
}

/** Those with most records first; the others when asked. */
function Subjects({ of: subjects }: { readonly of: HealthView['suspense']['subjects'] }) {
  const [isWhole, setWhole] = useState(false);
  const sorted = subjects.toSorted((a, b) => b.count - a.count);
  const shown = isWhole ? sorted : sorted.slice(0, rowsFirst);
  return (
    <>
      <ul className="identities">
        {shown.map(({ kind, value, count, reason }) => (
          <li key={`${kind} ${value}`}>
            <span>
              <strong>{value}</strong>{' '}
              <span className="muted">{`${kindOf(kind)} · ${text.suspenseReasons[reason] ?? reason}`}</span>
            </span>
            <span className="figure">{formatCount(count)}</span>
          </li>
        ))}
      </ul>
      {shown.length < sorted.length && (
        <button type="button" className="button" onClick={() => setWhole(true)}>
          {en.health.allSubjects(sorted.length)}
        </button>
      )}
    </>
  );
}

function kindOf(kind: string): string {
  return (text.kinds as Readonly<Record<string, string>>)[kind] ?? kind;
}
