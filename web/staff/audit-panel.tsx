/** Changes that were asked for, newest first: who, when, what, and what it was before and after. */
import type { AuditView } from '../../daemon/contract.ts';
import { ListPanel } from '../bill/list-panel.tsx';
import { en } from '../messages.en.ts';
import { viewerZone } from '../moment.ts';
import { Moment } from '../parts/moment.tsx';
import { usePagedList } from '../parts/use-paged-list.ts';
import { managePath } from '../places.ts';
import { Link } from '../router.tsx';

const text = en.audit;
const keyOf = (entry: AuditView): number => entry.id;
const rows = 12;

export interface AuditPanelProps {
  /** Null for all. */
  readonly subject: string | null;
  /** Grows when something was changed on this page. */
  readonly changes: number;
}

export function AuditPanel({ subject, changes }: AuditPanelProps) {
  const path = subject === null ? '/api/audit' : `/api/audit?subject=${encodeURIComponent(subject)}`;
  const list = usePagedList<AuditView>(path, { keyOf, news: changes });
  return (
    <ListPanel
      title={subject === null ? text.all : text.ofAccount}
      list={list}
      empty={text.none}
      rows={rows}
      isChosen={() => false}
      row={(entry) => <Entry key={entry.id} entry={entry} withSubject={subject === null} />}
    />
  );
}

function Entry({ entry, withSubject }: { readonly entry: AuditView; readonly withSubject: boolean }) {
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
        {withSubject && <SubjectOf subject={subject} />}
      </p>
      <details className="method">
        <summary>{text.details}</summary>
        <Fields entry={entry} />
      </details>
    </li>
  );
}

/** An account leads to its page. */
function SubjectOf({ subject }: { readonly subject: string }) {
  const account = /^account (.+)$/.exec(subject)?.[1];
  if (account === undefined) return <span>{subject}</span>;
  return (
    <Link className="target" href={managePath(account)}>
      {subject}
    </Link>
  );
}

/** Each field that was asked for or is there, with what it was and what it became; columns that say nothing are left out. */
function Fields({ entry }: { readonly entry: AuditView }) {
  const columns = [
    { title: text.asked, values: fieldsOf(entry.asked) },
    { title: text.before, values: fieldsOf(entry.before) },
    { title: text.after, values: fieldsOf(entry.after) },
  ].filter(({ values }) => values.size > 0);
  const names = [...new Set(columns.flatMap(({ values }) => [...values.keys()]))];
  if (names.length === 0) return <p>{text.noFields}</p>;
  return (
    <table className="audit-fields">
      <thead>
        <tr>
          <th scope="col">{text.field}</th>
          {columns.map(({ title }) => (
            <th scope="col" key={title}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {columns.map(({ title, values }) => (
              <td key={title}>{values.get(name) ?? en.unknown}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function fieldsOf(value: unknown): ReadonlyMap<string, string> {
  if (value === null || value === undefined) return new Map();
  const entries = typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : [[text.value, value]];
  return new Map(entries.map(([name, one]) => [String(name), shown(one)]));
}

function shown(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return value === '' ? text.empty : value;
}
