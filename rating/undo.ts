/** All or nothing: what a refused record had changed is put back (DESIGN §3.9). */

import { Refused } from './facts.ts';
import { type AccountState, copyState } from './state.ts';
import type { RateResult } from './terms.ts';

/**
 * Runs something that changes the state; if it is refused, the state is as before and the refusal the result.
 * `uncertain` says whether that can happen at all: only then a copy is made.
 */
export function attempt(state: AccountState, uncertain: boolean, run: () => RateResult): RateResult {
  const before = uncertain ? copyState(state) : null;
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Refused) || !before) throw error;
    Object.assign(state, before);
    return { ok: false, reason: error.reason, detail: error.message };
  }
}
