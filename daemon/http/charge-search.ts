/** Charges of an account along its chain of charges, newest first: one by its number, with what corrected it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { correctedBy } from '../bills/corrections.ts';
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
  return (await chargeWithCorrections(reader, account, seq))?.charge ?? null;
}

/** The charge and those that correct it, which are all later ones. */
export async function chargeWithCorrections(
  reader: Pick<StoreReader, 'chargesPage'>,
  account: number,
  seq: number,
): Promise<{ readonly charge: ChargeRow; readonly corrections: readonly ChargeRow[] } | null> {
  const corrections: ChargeRow[] = [];
  let cursor: number | null = null;
  for (let seen = 0; seen < searchedChargesMax; ) {
    const page = await reader.chargesPage(account, cursor, pageSize);
    for (const charge of page.items) {
      if (charge.seq === seq) return { charge, corrections };
      if (correctedBy(charge.line.primitive) === seq) corrections.push(charge);
    }
    seen += page.items.length;
    cursor = page.next;
    if (cursor === null || (page.items.at(-1)?.seq ?? 0) < seq) return null;
    await nextTurn();
  }
  return null;
}
