/**
 * Tells the flow thread whose addresses are: changes of what sessions hold and of identities, packed into numbers
 * (address-table.ts). At first all there is counts as changed.
 */
import type { AddressHolders } from '../mediation/address-holders.ts';
import type { PrefixKey } from '../mediation/address-holding.ts';
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
    const held = this.#holders.takeChanges(prefixesMax);
    const changed = new Map(held.map((prefix) => [`${prefix.version} ${prefix.bits} ${prefix.key}`, prefix]));
    for (const place of fixed.takeChanges()) {
      const key = `${place.version} ${place.bits} ${place.key}`;
      if (!changed.has(key)) changed.set(key, { ...place, holders: this.#holders.holdersOf(place) });
    }
    const rows = [...changed.values()].map((prefix) => {
      const identities = fixed.of(prefix).map(({ account, validFromMs, validUntilMs }) => ({
        account,
        fromMs: validFromMs ?? Number.NEGATIVE_INFINITY,
        untilMs: validUntilMs ?? Number.POSITIVE_INFINITY,
      }));
      return { prefix, holders: [...prefix.holders, ...identities] };
    });
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
  row: {
    readonly prefix: { readonly version: 4 | 6; readonly bits: number; readonly key: PrefixKey };
    readonly holders: readonly Holder[];
  },
): number {
  const { version, bits, key } = row.prefix;
  packed[at] = version;
  packed[at + 1] = bits;
  const address = BigInt(key) << BigInt((version === 4 ? 32 : 128) - bits);
  if (version === 4) packed[at + 2] = Number(address);
  else
    for (let word = 0; word < 4; word++)
      packed[at + 2 + word] = Number((address >> BigInt(96 - 32 * word)) & 0xffffffffn);
  packed[at + 6] = row.holders.length;
  let next = at + prefixWords;
  for (const { account, fromMs, untilMs } of row.holders) {
    packed.set([account, fromMs, untilMs], next);
    next += holderWords;
  }
  return next;
}
