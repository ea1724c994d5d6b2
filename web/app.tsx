/** The frame of all pages: sign-in or the head with its navigation, and the page of the address. */
import { useEffect, useRef } from 'react';
import type { SessionView } from '../daemon/contract.ts';
import { AccountsPage } from './accounts/accounts-page.tsx';
import { BillPage } from './bill/bill-page.tsx';
import { HealthPage } from './health/health-page.tsx';
import { BandFrame, BandSignedOut } from './instant-ip/band-frame.tsx';
import { BandPage } from './instant-ip/band-page.tsx';
import { InstantIpPage } from './instant-ip/instant-ip-page.tsx';
import { en } from './messages.en.ts';
import { useDocumentTitle } from './parts/document-title.ts';
import { FailureBoundary } from './parts/failure-boundary.tsx';
import { Failure, Skeleton } from './parts/panel.tsx';
import { Wordmark } from './parts/wordmark.tsx';
import { isBand, type Place, placeAt } from './places.ts';
import { Link, navigate, usePath } from './router.tsx';
import { PasswordPage } from './session/password-page.tsx';
import { useSession } from './session/session.tsx';
import { SignInPage } from './session/sign-in-page.tsx';
import { SiteHead } from './site-head.tsx';
import { AuditPage } from './staff/audit-page.tsx';
import { ManagePage } from './staff/manage-page.tsx';
import { StaffPage } from './staff/staff-page.tsx';

export function App() {
  const { state, askAgain } = useSession();
  const band = isBand(usePath());
  const wasOut = useRef(false);
  if (state.kind === 'out') wasOut.current = true;
  switch (state.kind) {
    case 'asking':
      return (
        <main className="page">
          <Skeleton rows={4} tall />
        </main>
      );
    case 'failed':
      return (
        <main className="message-page">
          <Wordmark />
          <Failure problem={state.problem} onRetry={askAgain} />
        </main>
      );
    case 'out':
      return band ? <BandSignedOut /> : <SignInPage />;
    case 'in':
      return <SignedIn session={state.session} cameIn={wasOut.current} />;
  }
}

interface SignedInProps {
  readonly session: SessionView;
  /** By the sign-in form, which had the focus until now. */
  readonly cameIn: boolean;
}

function SignedIn({ session, cameIn }: SignedInProps) {
  const path = usePath();
  const place = placeAt(path, session);
  const main = useRef<HTMLElement>(null);
  const shownPath = useRef(cameIn ? null : path);
  useEffect(() => {
    if (place.page === 'elsewhere') navigate(place.path, { replace: true });
    // Whoever follows a link with a keyboard or a screen reader goes on from the new page's beginning.
    if (shownPath.current !== path) main.current?.focus();
    shownPath.current = path;
  });
  if (isBand(path)) {
    return (
      <BandFrame>
        <FailureBoundary key={path}>
          <PageOf place={place} session={session} />
        </FailureBoundary>
      </BandFrame>
    );
  }
  return (
    <>
      <a className="skip" href="#main">
        {en.skip}
      </a>
      <SiteHead session={session} path={path} />
      <main id="main" className="page" ref={main} tabIndex={-1}>
        <FailureBoundary key={path}>
          <PageOf place={place} session={session} />
        </FailureBoundary>
      </main>
    </>
  );
}

function PageOf({ place, session }: { readonly place: Place; readonly session: SessionView }) {
  switch (place.page) {
    case 'bill':
      return <BillPage key={place.account} account={place.account} own={place.own} />;
    case 'display':
      return <InstantIpPage key={place.account} account={place.account} own={place.own} />;
    case 'band':
      return <BandPage key={place.account} account={place.account} own={place.own} />;
    case 'accounts':
      return <AccountsPage />;
    case 'health':
      return <HealthPage />;
    case 'manage':
      return <ManagePage key={place.account} account={place.account} />;
    case 'audit':
      return <AuditPage />;
    case 'staff':
      return <StaffPage login={session.login} />;
    case 'password':
      return <PasswordPage login={session.login} />;
    case 'elsewhere':
      return null;
    case 'nothing-yet':
      return <MessagePage title={en.nothingYet.title} text={en.nothingYet.text} />;
    case 'not-yours':
      return <MessagePage title={en.notYours.title} text={en.notYours.text(session.role)} home />;
    case 'not-found':
      return <MessagePage title={en.notFound.title} text={en.notFound.text} home />;
  }
}

interface MessagePageProps {
  readonly title: string;
  readonly text: string;
  readonly home?: boolean;
}

function MessagePage({ title, text, home = false }: MessagePageProps) {
  useDocumentTitle(title);
  return (
    <div className="message-page">
      <h1>{title}</h1>
      <p>{text}</p>
      {home && (
        <Link className="button button-primary" href="/">
          {en.notFound.home}
        </Link>
      )}
    </div>
  );
}
