/** The head of every page: name, navigation by role, theme, who is signed in. */
import type { SessionView } from '../daemon/contract.ts';
import { en } from './messages.en.ts';
import { ThemeToggle } from './parts/theme-toggle.tsx';
import { Wordmark } from './parts/wordmark.tsx';
import { navFor } from './places.ts';
import { Link } from './router.tsx';
import { useSession } from './session/session.tsx';

export function SiteHead({ session, path }: { readonly session: SessionView; readonly path: string }) {
  const { signOut, askAgain } = useSession();
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
          <button type="button" className="button button-quiet" onClick={() => void signOut().catch(askAgain)}>
            {en.nav.signOut}
          </button>
        </div>
      </div>
    </header>
  );
}

function isUnder(path: string, entry: string): boolean {
  return entry === '/' ? path === '/' : path === entry || path.startsWith(`${entry}/`);
}
