/**
 * How fresh the shown bill is. Age is the server's "as of" measured by our clock, corrected by the difference of the
 * two clocks; so both a silent connection and a server that lags behind are seen.
 */
import type { LiveState } from './live.ts';

export const delayedAfterMs = 15_000;

export interface Freshness {
  readonly kind: 'connecting' | 'live' | 'delayed' | 'reconnecting';
  readonly ageMs: number;
}

export function freshnessOf(state: LiveState, nowMs: number): Freshness {
  const asOfMs = Math.max(state.bill?.asOfMs ?? 0, state.estimate?.asOfMs ?? 0);
  const ageMs = asOfMs === 0 ? 0 : Math.max(0, nowMs - asOfMs - (state.clockOffsetMs ?? 0));
  if (state.link === 'lost') return { kind: 'reconnecting', ageMs };
  if (ageMs >= delayedAfterMs) return { kind: 'delayed', ageMs };
  return { kind: state.link === 'open' ? 'live' : 'connecting', ageMs };
}

/** The server stops sending estimates when sessions fall silent; an old one is no longer an estimate of anything. */
export function currentEstimate(state: LiveState, nowMs: number): LiveState['estimate'] {
  const { estimate } = state;
  return estimate !== null && nowMs - estimate.heardAtMs < delayedAfterMs ? estimate : null;
}
