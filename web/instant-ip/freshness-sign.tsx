/** How fresh the figures are in the least space: a sign, a word and an age; what the word means is in the tooltip. */
import { useNow } from '../clock.ts';
import { type Freshness, freshnessOf } from '../freshness.ts';
import type { LiveState } from '../live.ts';
import { en } from '../messages.en.ts';
import { formatAge } from '../moment.ts';

const text = en.bill.freshness;

export function FreshnessSign({ state }: { readonly state: LiveState }) {
  const { kind, ageMs } = freshnessOf(state, useNow());
  return (
    <p className={`freshness-sign freshness-${kind}`} title={whyOf(kind)}>
      <span className="freshness-dot" aria-hidden="true" />
      <strong role="status">{text[kind]}</strong> <span className="figure">{formatAge(ageMs)}</span>
    </p>
  );
}

/** The same in a sentence, where there is one; it always takes its lines. */
export function FreshnessWhy({ state }: { readonly state: LiveState }) {
  return <p className="machine-why muted">{whyOf(freshnessOf(state, useNow()).kind)}</p>;
}

function whyOf(kind: Freshness['kind']): string | undefined {
  return kind === 'delayed' ? text.delayedWhy : kind === 'reconnecting' ? text.reconnectingWhy : undefined;
}
