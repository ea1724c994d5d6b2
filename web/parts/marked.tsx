/** Marks what it holds once when the value has changed since the page first showed it. The mark is a colour, not motion. */
import { type ReactNode, useState } from 'react';

export function Marked({ value, children }: { readonly value: string; readonly children: ReactNode }) {
  const [first] = useState(value);
  return (
    <span key={value} className={value === first ? undefined : 'marked'}>
      {children}
    </span>
  );
}
