/**
 * Ticks: the clock's own entries in the log, so that idle accounts are billed too (DESIGN §3.8). At each local month's
 * or cycle's start an account gets a tick, and its bill is closed `graceHours` after the period's end. Rating a tick or
 * a closing again changes nothing, so a crash between the log and the note of the sweep does no harm.
 */
import { billPeriodAt, nextTickAfter } from '../../rating/index.ts';
import type { LogEntry } from '../log/usage-log.ts';
import type { Account } from '../store/store.ts';

const hourMs = 3_600_000;

/** Entries that fall due for one account after `fromMs` and up to `toMs`, in order of time. */
export function dueEntries(account: Account, fromMs: number, toMs: number, graceHours: number): LogEntry[] {
  const { no, timezone: zone, cycleDay } = account;
  const entries: { atMs: number; entry: LogEntry }[] = [];
  const since = Math.max(fromMs, account.createdMs);
  let tickMs = nextTickAfter({ zone, cycleDay }, since);
  while (tickMs <= toMs) {
    entries.push({ atMs: tickMs, entry: { kind: 'tick', account: no, atMs: tickMs } });
    tickMs = nextTickAfter({ zone, cycleDay }, tickMs);
  }
  const graceMs = graceHours * hourMs;
  let period = billPeriodAt(zone, cycleDay, since - graceMs);
  while (period.toMs + graceMs <= toMs) {
    if (period.toMs + graceMs > since) {
      const entry: LogEntry = { kind: 'close', account: no, periodFromMs: period.fromMs };
      entries.push({ atMs: period.toMs + graceMs, entry });
    }
    period = billPeriodAt(zone, cycleDay, period.toMs);
  }
  return entries.sort((a, b) => a.atMs - b.atMs).map(({ entry }) => entry);
}
