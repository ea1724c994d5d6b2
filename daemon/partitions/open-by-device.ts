/** Keys of open sessions by device, for Accounting-On and -Off, as far as their sessions are in memory. */
import type { SessionState } from '../mediation/session.ts';

export type OpenByDevice = Map<string, Set<string>>;

/** Notes whether a session is open. */
export function indexOpen(openByDevice: OpenByDevice, state: SessionState): void {
  if (!state.open) return unindexOpen(openByDevice, state);
  const keys = openByDevice.get(state.device);
  if (keys) keys.add(state.key);
  else openByDevice.set(state.device, new Set([state.key]));
}

/** A device without open sessions leaves nothing behind: whoever has a secret may make up names. */
export function unindexOpen(openByDevice: OpenByDevice, { device, key }: SessionState): void {
  const keys = openByDevice.get(device);
  keys?.delete(key);
  if (keys?.size === 0) openByDevice.delete(device);
}
