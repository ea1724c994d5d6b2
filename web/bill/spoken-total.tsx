/** Says the total to a screen reader: at most every 30 s, and only when it has changed. Invisible. */
import { useEffect, useState } from 'react';
import { useNow } from '../clock.ts';
import { en } from '../messages.en.ts';

const speakEveryMs = 30_000;

export interface Spoken {
  readonly total: string;
  readonly atMs: number;
}

export function nextSpoken(last: Spoken, total: string, nowMs: number): Spoken {
  return total !== last.total && nowMs - last.atMs >= speakEveryMs ? { total, atMs: nowMs } : last;
}

export function SpokenTotal({ total }: { readonly total: string }) {
  const nowMs = useNow();
  const [spoken, setSpoken] = useState<Spoken>(() => ({ total, atMs: Date.now() }));
  useEffect(() => setSpoken((last) => nextSpoken(last, total, nowMs)), [total, nowMs]);
  return (
    <p className="spoken" role="status">
      {en.bill.spoken(spoken.total)}
    </p>
  );
}
