/** Shows what can be done when a page throws while it is drawn; without it the screen would be empty. */
import { Component, type ReactNode } from 'react';
import { problemFrom } from '../api.ts';
import { en } from '../messages.en.ts';
import { Failure } from './panel.tsx';

interface BoundaryState {
  readonly error: unknown;
}

export class FailureBoundary extends Component<{ readonly children: ReactNode }, BoundaryState> {
  override state: BoundaryState = { error: null };

  static getDerivedStateFromError(error: unknown): BoundaryState {
    return { error: error ?? new Error(en.problem.unexpected) };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <div className="message-page">
        <Failure problem={problemFrom(this.state.error)} />
        <p>{en.problem.broken}</p>
        <button type="button" className="button button-primary" onClick={() => location.reload()}>
          {en.problem.reload}
        </button>
      </div>
    );
  }
}
