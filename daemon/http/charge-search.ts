/** One charge of an account by its number, along the account's chain of charges, newest first. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChargeRow, StoreReader } from '../store/store.ts';

/** Charges looked through for one answer, and in one turn of the event loop; most that are asked for are recent. */
export const searchedChargesMax = 100_000;
const pageSize = 500;

/** Null where there is none of that number among the account's last `searchedChargesMax`. */
export async function chargeOf(
  reader: Pick<StoreReader, 'chargesPage'>,
  account: number,
  seq: number,
): Promise<ChargeRow | null> {
  let cursor: number | null = null;
  for (let seen = 0; seen < searchedChargesMax; ) {
    const page = await reader.chargesPage(account, cursor, pageSize);
    const found = page.items.find((charge) => charge.seq === seq);
    if (found) return found;
    seen += page.items.length;
    cursor = page.next;
    if (cursor === null || (page.items.at(-1)?.seq ?? 0) < seq) return null;
    await nextTurn();
  }
  return null;
}
