/** A titled box of a page, and what it shows when it has nothing to show: skeleton, emptiness, failure. */
import { type ReactNode, useId } from 'react';
import type { Problem } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';

export interface PanelProps {
  readonly title: string;
  readonly note?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

export function Panel({ title, note, className = '', children }: PanelProps) {
  const id = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <header className="panel-head">
        <h2 id={id}>{title}</h2>
        {note !== undefined && <p className="panel-note">{note}</p>}
      </header>
      {children}
    </section>
  );
}

/** Rows of the height the content will have, so that nothing moves when it comes. */
export function Skeleton({ rows, tall = false }: { readonly rows: number; readonly tall?: boolean }) {
  return (
    <div className={tall ? 'skeleton skeleton-tall' : 'skeleton'} role="status">
      <span className="spoken">{en.loading}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are alike and never move
        <span className="skeleton-row" key={row} />
      ))}
    </div>
  );
}

export function Empty({ children }: { readonly children: ReactNode }) {
  return <p className="empty">{children}</p>;
}

export interface FailureProps {
  readonly problem: Problem;
  readonly onRetry?: () => void;
}

export function Failure({ problem, onRetry }: FailureProps) {
  return (
    <div className="failure" role="alert">
      <p className="failure-title">{problem.code === 'request-invalid' ? en.problem.toCorrect : problem.title}</p>
      {problem.detail !== undefined && <p>{problem.detail}</p>}
      <p className="failure-code">{en.problem.code(problem.code)}</p>
      {onRetry && (
        <button type="button" className="button" onClick={onRetry}>
          {en.retry}
        </button>
      )}
    </div>
  );
}
