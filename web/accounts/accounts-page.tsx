/** The accounts, for staff: find one and open its bill. */
import { useEffect, useState } from 'react';
import type { AccountView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { useDocumentTitle } from '../parts/document-title.ts';
import type { PagedList } from '../parts/paged-list.ts';
import { Failure, Skeleton } from '../parts/panel.tsx';
import { usePagedList } from '../parts/use-paged-list.ts';
import { accountPath } from '../places.ts';
import { formatCount } from '../quantity.ts';
import { Link, useQuery } from '../router.tsx';
import { shownText } from '../shown-text.ts';

const text = en.accounts;
const keyOf = (account: AccountView): string => account.id;
const identitiesShown = 2;

/** Typing asks the server once it pauses. */
const settledMs = 250;

export function AccountsPage() {
  useDocumentTitle(text.title);
  const [typed, setTyped] = useQuery('q');
  const [sought, setSought] = useState(typed.trim());
  useEffect(() => {
    const timer = setTimeout(() => setSought(typed.trim()), settledMs);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <>
      <header className="page-head">
        <h1>{text.title}</h1>
      </header>
      <div className="panel">
        <label className="field search">
          <span>{text.search}</span>
          <input
            type="search"
            value={typed}
            maxLength={253}
            placeholder={text.searchHint}
            onChange={(event) => setTyped(event.target.value)}
          />
        </label>
        <Found key={sought} sought={sought} />
      </div>
    </>
  );
}

function Found({ sought }: { readonly sought: string }) {
  const path = sought === '' ? '/api/accounts' : `/api/accounts?q=${encodeURIComponent(sought)}`;
  const list = usePagedList<AccountView>(path, { keyOf });
  return (
    <>
      <p className="muted found-count" role="status">
        {list.phase === 'ready' && foundText(list, sought)}
      </p>
      {list.phase === 'loading' && <Skeleton rows={8} />}
      {list.items.length > 0 && <AccountsTable accounts={list.items} sought={sought} />}
      {list.problem && <Failure problem={list.problem} onRetry={list.phase === 'failed' ? list.retry : list.more} />}
      {list.next !== null && list.problem === null && (
        <button type="button" className="button rows-more" onClick={list.more} disabled={list.loadingMore}>
          {list.loadingMore ? en.loadingMore : en.more}
        </button>
      )}
    </>
  );
}

function foundText({ items, next }: PagedList<AccountView>, sought: string): string {
  if (items.length === 0) return sought === '' ? text.empty : text.noMatch(sought);
  return text.count(formatCount(items.length), items.length, next === null);
}

interface AccountsTableProps {
  readonly accounts: readonly AccountView[];
  readonly sought: string;
}

function AccountsTable({ accounts, sought }: AccountsTableProps) {
  return (
    <table className="stacking accounts">
      <thead>
        <tr>
          <th scope="col">{text.name}</th>
          <th scope="col">{text.id}</th>
          <th scope="col">{text.plan}</th>
          <th scope="col">{text.kind}</th>
          <th scope="col">{text.identities}</th>
        </tr>
      </thead>
      <tbody>
        {accounts.map((account) => (
          <tr key={account.id}>
            <th scope="row">
              <Link className="target" href={accountPath(account.id)}>
                {account.name}
              </Link>
            </th>
            <td data-label={text.id}>
              <span className="id">{account.id}</span>
            </td>
            <td data-label={text.plan}>{account.plan ?? text.noPlan}</td>
            <td data-label={text.kind}>
              {account.prepaid ? text.prepaid : text.postpaid}, {account.currency}
            </td>
            <td data-label={text.identities}>{identitiesOf(account, sought.toLowerCase())}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The first of them, but those that were sought for before the others. */
function identitiesOf({ identities }: AccountView, sought: string): string {
  if (identities.length === 0) return en.unknown;
  const values = identities.map(({ value }) => value);
  const isSought = (value: string) => sought !== '' && value.toLowerCase().includes(sought);
  const first = [...values.filter(isSought), ...values.filter((value) => !isSought(value))].slice(0, identitiesShown);
  const rest = values.length - first.length;
  return [first.map(shownText).join(', '), ...(rest > 0 ? [text.moreIdentities(rest)] : [])].join(' ');
}
