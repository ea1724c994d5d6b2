/** The head of every page: name, navigation by role, theme, who is signed in. */
import { useEffect, useState } from 'react';
import type { SessionView } from '../daemon/contract.ts';
import { en } from './messages.en.ts';
import { ThemeToggle } from './parts/theme-toggle.tsx';
import { Wordmark } from './parts/wordmark.tsx';
import { navFor } from './places.ts';
import { Link } from './router.tsx';
import { useSession } from './session/session.tsx';

const answerAwaitedMs = 5_000;

export function SiteHead({ session, path }: { readonly session: SessionView; readonly path: string }) {
  const { busy, failed, leave } = useLeaving();
  const entries = navFor(session);
  return (
    <header className="site-head">
      <div className="site-head-row">
        <Link href="/" className="home-link">
          <Wordmark />
        </Link>
        {entries.length > 1 && (
          <nav aria-label={en.nav.label}>
            {entries.map((entry) => (
              <Link key={entry.path} href={entry.path} aria-current={isUnder(path, entry.path) ? 'page' : undefined}>
                {en.nav[entry.name]}
              </Link>
            ))}
          </nav>
        )}
        <div className="site-head-end">
          <Link href="/password" className="who" title={en.nav.password(session.login, session.role)}>
            {session.login}
          </Link>
          <ThemeToggle />
          <button type="button" className="button button-quiet" onClick={leave}>
            {busy ? en.nav.signingOut : en.nav.signOut}
          </button>
        </div>
      </div>
      {failed && (
        <p className="failure sign-out-failed" role="alert">
          {en.nav.notSignedOut}
        </p>
      )}
    </header>
  );
}

/** A sign-out that fails, or that nobody answers, must not look like one: another person may sit down here next. */
function useLeaving() {
  const { signOut, askAgain } = useSession();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!busy) return;
    const timer = setTimeout(() => setFailed(true), answerAwaitedMs);
    return () => clearTimeout(timer);
  }, [busy]);
  const leave = () => {
    if (busy) return;
    setBusy(true);
    setFailed(false);
    signOut().catch(() => {
      setBusy(false);
      setFailed(true);
      askAgain();
    });
  };
  return { busy, failed, leave };
}

function isUnder(path: string, entry: string): boolean {
  return entry === '/' ? path === '/' : path === entry || path.startsWith(`${entry}/`);
}
