/** The whole audit log, for staff. */
import { en } from '../messages.en.ts';
import { useDocumentTitle } from '../parts/document-title.ts';
import { AuditPanel } from './audit-panel.tsx';

export function AuditPage() {
  useDocumentTitle(en.audit.title);
  return (
    <>
      <header className="page-head">
        <h1>{en.audit.title}</h1>
        <p className="muted">{en.audit.lead}</p>
      </header>
      <AuditPanel subject={null} changes={0} />
    </>
  );
}
