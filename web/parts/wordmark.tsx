/** The product's name with its sign: a meter's arc and needle. */
import { en } from '../messages.en.ts';

export function Wordmark() {
  return (
    <span className="wordmark">
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M4 17a8 8 0 1 1 16 0" />
        <path className="wordmark-needle" d="M12 17l4.5-6" />
      </svg>
      {en.product}
    </span>
  );
}
