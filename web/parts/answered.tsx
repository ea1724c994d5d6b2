/** What an answer of the API shows: a skeleton until it is there, why there is none, or what is made of it. */
import type { ReactNode } from 'react';
import { Failure, Skeleton } from './panel.tsx';
import type { Answer } from './use-answer.ts';

export interface AnsweredProps<T> {
  readonly answer: Answer<T>;
  /** Of the skeleton. */
  readonly rows: number;
  readonly children: (value: T) => ReactNode;
}

/** What was shown stays while it is asked for again, and when that fails. */
export function Answered<T>({ answer: { value, problem, again }, rows, children }: AnsweredProps<T>) {
  if (value !== null) return children(value);
  return problem === null ? <Skeleton rows={rows} /> : <Failure problem={problem} onRetry={again} />;
}
