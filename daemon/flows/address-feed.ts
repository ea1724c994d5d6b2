/**
 * Tells the flow thread whose addresses are: changes of what sessions hold and of identities, packed into numbers
 * (address-table.ts). At first all there is counts as changed.
 */
import type { AddressHolders } from '../mediation/address-holders.ts';
import type { Place } from '../mediation/changed-prefixes.ts';
import type { Guide } from '../mediation/guide.ts';
import { holderWords, prefixWords } from './address-table.ts';

/** Prefixes in one message: packing them must not keep other work waiting. */
const prefixesMax = 5_000;

interface Holder {
  readonly account: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

export class AddressFeed {
  readonly #holders: AddressHolders;
  readonly #guide: Guide;

  constructor(holders: AddressHolders, guide: Guide) {
    this.#holders = holders;
    this.#guide = guide;
  }

  /** From here on changes are remembered, and all there is counts as changed. */
  start(): void {
    this.#holders.watchChanges();
    this.#guide.fixed.watchChanges();
  }

  /** What has changed, some of it at least; empty where nothing has. */
  take(): Float64Array<ArrayBuffer> {
    const { fixed } = this.#guide;
    const changed = this.#holders.takeChanges(prefixesMax);
    changed.push(...fixed.takeChanges(prefixesMax - changed.length));
    const rows = changed.map((place) => ({
      place,
      holders: [...this.#holders.holdersOf(place), ...fixed.of(place)] as readonly Holder[],
    }));
    const packed = new Float64Array(
      rows.reduce((sum, { holders }) => sum + prefixWords + holders.length * holderWords, 0),
    );
    let at = 0;
    for (const row of rows) at = packRow(packed, at, row);
    return packed;
  }
}

function packRow(
  packed: Float64Array,
  at: number,
  row: { readonly place: Place; readonly holders: readonly Holder[] },
): number {
  const { version, bits, key } = row.place;
  packed[at] = version;
  packed[at + 1] = bits;
  if (version === 4) packed[at + 2] = Number(key) * 2 ** (32 - bits);
  else {
    const address = BigInt(key) << BigInt(128 - bits);
    for (let word = 0; word < 4; word++)
      packed[at + 2 + word] = Number((address >> BigInt(96 - 32 * word)) & 0xffffffffn);
  }
  packed[at + 6] = row.holders.length;
  let next = at + prefixWords;
  for (const { account, fromMs, untilMs } of row.holders) {
    packed[next] = account;
    packed[next + 1] = fromMs;
    packed[next + 2] = untilMs;
    next += holderWords;
  }
  return next;
}
