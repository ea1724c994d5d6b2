/** The sign-in form, shown in place of whatever page was asked for. */
import { type FormEvent, useRef, useState } from 'react';
import { type PageProblem, problemFrom } from '../api.ts';
import { en } from '../messages.en.ts';
import { useDocumentTitle } from '../parts/document-title.ts';
import { Wordmark } from '../parts/wordmark.tsx';
import { useSession } from './session.tsx';

const text = en.signIn;

export function SignInPage() {
  useDocumentTitle(text.title);
  const { signIn } = useSession();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<PageProblem | null>(null);
  const password = useRef<HTMLInputElement>(null);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(null);
    try {
      await signIn(String(form.get('login') ?? '').trim(), String(form.get('password') ?? ''));
    } catch (error) {
      setProblem(problemFrom(error));
      setBusy(false);
      password.current?.select();
    }
  };

  return (
    <main className="sign-in">
      <form className="panel sign-in-card" onSubmit={(event) => void submit(event)} aria-labelledby="sign-in-title">
        <Wordmark />
        <div>
          <h1 id="sign-in-title">{text.title}</h1>
          <p className="muted">{text.lead}</p>
        </div>
        {problem && <SignInProblem problem={problem} />}
        <label className="field">
          <span>{text.login}</span>
          <input
            name="login"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            maxLength={200}
          />
        </label>
        <label className="field">
          <span>{text.password}</span>
          <input
            ref={password}
            name="password"
            type="password"
            autoComplete="current-password"
            required
            maxLength={1000}
          />
        </label>
        <button type="submit" className="button button-primary" disabled={busy}>
          {busy ? text.busy : text.submit}
        </button>
      </form>
    </main>
  );
}

function SignInProblem({ problem }: { readonly problem: PageProblem }) {
  const isThrottled = problem.status === 429;
  const next =
    problem.status === 401
      ? text.wrong
      : isThrottled
        ? text.wait(problem.retryAfterS)
        : problem.status === 0
          ? ''
          : text.elsewhere;
  return (
    <div className="failure" role="alert">
      <p className="failure-title">{isThrottled ? text.throttled : problem.title}</p>
      {problem.detail !== undefined && !isThrottled && <p>{problem.detail}</p>}
      {next !== '' && <p>{next}</p>}
      {problem.status !== 401 && <p className="failure-code">{en.problem.code(problem.code)}</p>}
    </div>
  );
}
