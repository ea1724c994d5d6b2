/** Changes that were asked for, newest first: who, when, what, and what it was before and after. */
import type { AuditView } from '../../daemon/contract.ts';
import { ListPanel } from '../bill/list-panel.tsx';
import { en } from '../messages.en.ts';
import { viewerZone } from '../moment.ts';
import { Moment } from '../parts/moment.tsx';
import { usePagedList } from '../parts/use-paged-list.ts';

const text = en.audit;
const keyOf = (entry: AuditView): number => entry.id;
const rows = 12;

export function AuditPanel({ subject }: { readonly subject: string | null }) {
  const path = subject === null ? '/api/audit' : `/api/audit?subject=${encodeURIComponent(subject)}`;
  const list = usePagedList<AuditView>(path, { keyOf });
  return (
    <ListPanel
      title={subject === null ? text.all : text.ofAccount}
      list={list}
      empty={text.none}
      rows={rows}
      isChosen={() => false}
      row={(entry) => <Entry key={entry.id} entry={entry} />}
    />
  );
}

function Entry({ entry }: { readonly entry: AuditView }) {
  const { at, login, address, action, subject, status } = entry;
  const refused = status === null || status >= 400;
  return (
    <li className="row">
      <p className="row-head">
        <span className="row-label">
          {text.actions[action] ?? action}
          {refused && <span className="badge">{status === null ? text.unfinished : text.refused(status)}</span>}
        </span>
        <Moment at={at} zone={viewerZone()} day />
      </p>
      <p className="row-foot">
        <span>{text.by(login, address)}</span>
        <span>{subject}</span>
      </p>
      <details className="method">
        <summary>{text.details}</summary>
        <dl className="audit-details">
          <Json name={text.asked} value={entry.asked} />
          <Json name={text.before} value={entry.before} />
          <Json name={text.after} value={entry.after} />
        </dl>
      </details>
    </li>
  );
}

function Json({ name, value }: { readonly name: string; readonly value: unknown }) {
  if (value === null) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <pre>{JSON.stringify(value, null, 1)}</pre>
      </dd>
    </>
  );
}
