/** A form that asks the server for one change: busy while it does, then what was done, or why it was not. */
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import type { Problem } from '../../daemon/contract.ts';
import { ProblemError, problemFrom } from '../api.ts';
import { en } from '../messages.en.ts';
import { currencyDigits } from '../money.ts';
import { useSession } from '../session/session.tsx';
import { typedNumber } from '../typed-number.ts';
import { keepDraft, takeDraft } from './form-drafts.ts';
import { Failure } from './panel.tsx';

export interface ActionFormProps {
  readonly submit: string;
  /** Does it, and says what was done. */
  readonly onSubmit: (form: FormData) => Promise<ReactNode>;
  readonly label: string;
  /** Leaves it; without it there is no button for that. */
  readonly onCancel?: () => void;
  readonly children?: ReactNode;
}

export function ActionForm({ submit, onSubmit, label, onCancel, children }: ActionFormProps) {
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState<ReactNode>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  const { state } = useSession();
  const login = state.kind === 'in' ? state.session.login : '';
  const key = `${login} ${location.pathname} ${label}`;
  const place = useRef<HTMLFormElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was kept is filled in when the form comes back
  useEffect(() => {
    if (place.current !== null) takeDraft(key, place.current);
  }, []);

  const act = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    setBusy(true);
    setProblem(null);
    setDone(null);
    try {
      setDone(await onSubmit(new FormData(form)));
      form.reset();
    } catch (error) {
      const problem = problemFrom(error);
      if (problem.status === 401) keepDraft(key, form);
      setProblem(problem);
    }
    setBusy(false);
  };

  return (
    <form ref={place} className="action-form" aria-label={label} onSubmit={(event) => void act(event)}>
      {children}
      <div className="form-buttons">
        <button type="submit" className="button button-primary" disabled={busy}>
          {busy ? en.working : submit}
        </button>
        {onCancel && (
          <button type="button" className="button" onClick={onCancel} disabled={busy}>
            {en.cancel}
          </button>
        )}
      </div>
      <div role="status">{done !== null && <p className="done">{done}</p>}</div>
      {problem !== null && <Failure problem={problem} />}
    </form>
  );
}

/** What was typed into a field, trimmed; '' where there is none. */
export function typed(form: FormData, name: string): string {
  return String(form.get(name) ?? '').trim();
}

/** An amount as the server takes it; '' where nothing was typed. @throws ProblemError where it could be two amounts */
export function typedAmount(form: FormData, name: string, currency: string): string {
  const text = typed(form, name);
  if (text === '') return '';
  const number = typedNumber(text, { digits: currencyDigits(currency) });
  if (number.ok) return number.value;
  const { toCorrect } = en.problem;
  throw new ProblemError({
    type: 'about:blank',
    title: toCorrect,
    status: 0,
    code: 'request-invalid',
    detail: `${text}: ${number.why}`,
  });
}
