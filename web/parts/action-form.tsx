/** A form that asks the server for one change: busy while it does, then what was done, or why it was not. */
import { type FormEvent, type ReactNode, useState } from 'react';
import type { Problem } from '../../daemon/contract.ts';
import { problemFrom } from '../api.ts';
import { en } from '../messages.en.ts';
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
      setProblem(problemFrom(error));
    }
    setBusy(false);
  };

  return (
    <form className="action-form" aria-label={label} onSubmit={(event) => void act(event)}>
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
