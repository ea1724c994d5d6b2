/** Above a list of charges that shows those of one line alone: says so, and takes it back. */
import { en } from '../messages.en.ts';
import type { ShownLine } from './shown-lines.ts';

const text = en.raw;

export function FollowedLine({ line, onUnfollow }: { readonly line: ShownLine; readonly onUnfollow: () => void }) {
  return (
    <p className="followed">
      {text.onlyOf(line.label)}{' '}
      <button type="button" className="button" onClick={onUnfollow}>
        {text.all}
      </button>
    </p>
  );
}
