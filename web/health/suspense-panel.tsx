/** Records that wait for someone to say whose they are: the subjects with most of them, and the others when asked. */
import { useState } from 'react';
import type { HealthView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { Empty, Panel } from '../parts/panel.tsx';
import { UnlistedRecords } from '../parts/unlisted-records.tsx';
import { formatCount } from '../quantity.ts';
import { shownText } from '../shown-text.ts';

const text = en.health;

const rowsFirst = 8;

export function SuspensePanel({ suspense }: { readonly suspense: HealthView['suspense'] }) {
  const [isWhole, setWhole] = useState(false);
  const subjects = [...suspense.subjects].sort((a, b) => b.count - a.count);
  const shown = isWhole ? subjects : subjects.slice(0, rowsFirst);
  return (
    <Panel
      title={text.suspense}
      note={text.suspenseCount(formatCount(suspense.waiting), formatCount(suspense.released))}
    >
      {subjects.length === 0 ? (
        <Empty>{text.noSuspense}</Empty>
      ) : (
        <table className="stacking">
          <thead>
            <tr>
              <th scope="col">{text.subject}</th>
              <th scope="col">{text.reason}</th>
              <th scope="col" className="number">
                {text.count}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((subject) => (
              <tr key={`${subject.kind} ${subject.provider} ${subject.value} ${subject.reason}`}>
                <th scope="row">
                  <span className="muted">{subject.kind}</span> {shownText(subject.value)}
                  {subject.also.map(({ kind, value, count }) => (
                    <div key={`${kind} ${value}`} className="muted">
                      {en.manage.alsoNamed(kind, shownText(value), formatCount(count))}
                    </div>
                  ))}
                </th>
                <td data-label={text.reason}>{en.manage.suspenseReasons[subject.reason] ?? subject.reason}</td>
                <td className="number" data-label={text.count}>
                  {formatCount(subject.count)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {shown.length < subjects.length && (
        <button type="button" className="button" onClick={() => setWhole(true)}>
          {text.allSubjects(subjects.length)}
        </button>
      )}
      {shown.length === subjects.length && <UnlistedRecords of={suspense} />}
    </Panel>
  );
}
