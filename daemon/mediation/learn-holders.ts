/**
 * After a start, the holders of addresses are learned anew: from the sessions the store knows, open ones and those that
 * closed of late, then from the log's tail, which the store has not seen yet. What is told twice changes nothing.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { UsageLog } from '../log/usage-log.ts';
import type { StoreReader } from '../store/store.ts';
import type { AddressHolders } from './address-holders.ts';

export interface HolderSources {
  readonly reader: Pick<StoreReader, 'progress' | 'openSessions' | 'sessionsPage'>;
  readonly log: Pick<UsageLog, 'readAfter'>;
  /** Closed sessions are learned that were heard since. */
  readonly sinceMs: number;
}

const sessionsPageSize = 1_000;
const entriesPageSize = 2_000;
/** Sessions looked at for those that closed of late, the newest. */
const closedLookedAtMax = 200_000;

export async function learnHolders(holders: AddressHolders, sources: HolderSources): Promise<void> {
  const { reader, log, sinceMs } = sources;
  // Before the sessions, so that what the store commits meanwhile is learned twice rather than never.
  let { position } = await reader.progress();
  let after: { account: number; id: number } | null = null;
  for (;;) {
    const rows = await reader.openSessions(after, sessionsPageSize);
    for (const { state } of rows) holders.restore(state);
    const last = rows.at(-1);
    if (last === undefined) break;
    after = { account: last.state.account, id: last.id };
    await nextTurn();
  }
  let before: number | null = null;
  let newest: number | null = null;
  do {
    const page = await reader.sessionsPage({ open: false, sinceMs }, before, sessionsPageSize);
    for (const { state } of page.items) holders.restore(state);
    newest ??= page.items[0]?.id ?? page.next;
    before = page.next;
  } while (before !== null && newest !== null && newest - before < closedLookedAtMax);
  for (;;) {
    const batches = await log.readAfter(position, entriesPageSize);
    if (batches.length === 0) return;
    for (const { firstPosition, entries } of batches) {
      for (const entry of entries) holders.apply(entry);
      position = firstPosition + entries.length - 1;
    }
    await nextTurn();
  }
}
