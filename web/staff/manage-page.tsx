/** An account for staff: its identities, plan, payments, corrections, password, and every change that was made to it. */
import { useState } from 'react';
import type { AccountView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { useDocumentTitle } from '../parts/document-title.ts';
import { Failure, Panel, Skeleton } from '../parts/panel.tsx';
import { useAnswer } from '../parts/use-answer.ts';
import { accountPath } from '../places.ts';
import { Link, useQuery } from '../router.tsx';
import { AuditPanel } from './audit-panel.tsx';
import { CorrectionPanel } from './correction-panel.tsx';
import { IdentitiesPanel } from './identities-panel.tsx';
import { MonitorsPanel } from './monitors-panel.tsx';
import { PasswordPanel, PaymentPanel, PlanPanel } from './small-panels.tsx';
import { SuspensePanel } from './suspense-panel.tsx';

const text = en.manage;

export function ManagePage({ account: id }: { readonly account: string }) {
  const path = `/api/accounts/${encodeURIComponent(id)}`;
  const { value: account, problem, again } = useAnswer<AccountView>(path);
  const [changes, setChanges] = useState(0);
  const changed = () => {
    setChanges((count) => count + 1);
    again();
  };
  const [charge] = useQuery('charge');
  const title = text.title(account?.name ?? id);
  useDocumentTitle(title);
  return (
    <>
      <Link href={accountPath(id)} className="back">
        {text.back}
      </Link>
      <header className="page-head">
        <h1>{title}</h1>
        {account !== null && (
          <p className="muted">
            {text.about(account.id, account.plan ?? en.accounts.noPlan, account.currency, account.timezone)}
          </p>
        )}
      </header>
      {problem !== null && account === null ? (
        <div className="panel">
          <Failure problem={problem} onRetry={again} />
        </div>
      ) : account === null ? (
        <Panel title={text.identities}>
          <Skeleton rows={6} />
        </Panel>
      ) : (
        <div className="manage">
          <div className="manage-side">
            <IdentitiesPanel account={account} path={path} onChange={changed} />
            <PaymentPanel account={account} path={path} onChange={changed} />
            <CorrectionPanel account={account} path={path} charge={charge} onChange={changed} />
          </div>
          <div className="manage-side">
            <SuspensePanel account={account} path={path} changes={changes} onChange={changed} />
            <MonitorsPanel path={path} />
            <PlanPanel account={account} path={path} onChange={changed} />
            <PasswordPanel account={account} path={path} onChange={changed} />
          </div>
          <AuditPanel subject={`account ${id}`} changes={changes} />
        </div>
      )}
    </>
  );
}
