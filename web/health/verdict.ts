/**
 * The one sentence at the top of the health page. The daemon's own verdict is taken, but never believed against the
 * numbers beside it: a difference is trouble, and an answer that is too old says nothing.
 */
import type { HealthView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { formatAge } from '../moment.ts';
import type { Level } from '../parts/sign.tsx';
import { brokenLaws } from './law.ts';

export const staleAfterMs = 10_000;

export interface Verdict {
  readonly level: Level;
  readonly headline: string;
  readonly sentence: string;
  readonly next: string;
}

const text = en.health;

/** `heardMs` is how long ago the daemon answered. */
export function verdictOf(health: HealthView, heardMs: number): Verdict {
  if (heardMs >= staleAfterMs) return verdict('unknown', text.stale(formatAge(heardMs)));
  const broken = brokenLaws(health);
  const wrong = [
    ...(broken.records.length > 0 ? [text.recordsWrong(broken.records.join(', '))] : []),
    ...(broken.money.length > 0 ? [text.moneyWrong(broken.money.join(', '))] : []),
  ];
  if (wrong.length > 0) return verdict('critical', wrong.join(' '));
  return verdict(health.verdict, health.summary);
}

function verdict(level: Level, sentence: string): Verdict {
  return { level, headline: text.verdicts[level], sentence, next: text.next[level] };
}
