/** What the band's window shows before there is a session, and when there is none any more. */
import { type ReactNode, useEffect } from 'react';
import { en } from '../messages.en.ts';
import { useSession } from '../session/session.tsx';
import { SignInPage } from '../session/sign-in-page.tsx';

const askAgainMs = 15_000;
/** CSS px; below it there is no room for the form. */
const formHeightMin = 420;

export function BandFrame({ children }: { readonly children: ReactNode }) {
  return (
    <main id="main" className="band-frame">
      {children}
    </main>
  );
}

/** A small window sends the viewer to sign in elsewhere and notices that it has happened. */
export function BandSignedOut() {
  const { askAgain } = useSession();
  const small = innerHeight < formHeightMin;
  useEffect(() => {
    if (!small) return;
    const timer = setInterval(askAgain, askAgainMs);
    addEventListener('focus', askAgain);
    return () => {
      clearInterval(timer);
      removeEventListener('focus', askAgain);
    };
  }, [small, askAgain]);
  if (!small) return <SignInPage />;
  return (
    <BandFrame>
      <div className="band">
        <h1 className="spoken">{en.band.title}</h1>
        <p className="band-figures" role="status">
          {en.band.signedOut}
        </p>
        <a className="button" href="/" target="_blank" rel="noreferrer">
          {en.band.signIn}
        </a>
      </div>
    </BandFrame>
  );
}
