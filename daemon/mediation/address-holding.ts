/**
 * Holdings of addresses: each a session's time with a prefix, chained with the others of its prefix, the latest first,
 * and with the others of its session. What the chains mean is in address-holders.ts.
 *
 * Sessions and holdings are numbers, places in columns of flat arrays, and numbers that are free are given again: a
 * million of them as objects took 450 MB and kept the garbage collector busy.
 */

import { columnsFirst, longer, none } from './columns.ts';

/** Holders of one address that are remembered, the latest. */
const holdersOfAddressMax = 256;

/** A prefix's own number within those of its length: 32 bits of IPv4 as a number, to save memory. */
export type PrefixKey = number | bigint;
/** The latest holding of each prefix of one length. */
export type Space = Map<PrefixKey, number>;

export interface Claim {
  /** Index into `framedNames`. */
  readonly name: number;
  readonly space: Space;
  readonly key: PrefixKey;
}

export interface NewSession {
  /** Number of its key, and of its device's name, which it holds until it is removed. */
  readonly key: number;
  readonly device: number;
  readonly account: number;
  readonly startMs: number;
  readonly heardMs: number;
  /** Its id was used before: an earlier report is of that session. */
  readonly again: boolean;
}

/** Columns of sessions; times are UTC epoch ms. */
export class SessionColumns {
  /** Number of the session's key, and of its device's name. */
  key = new Int32Array(columnsFirst);
  device = new Int32Array(columnsFirst);
  account = new Int32Array(columnsFirst);
  startMs = new Float64Array(columnsFirst);
  heardMs = new Float64Array(columnsFirst);
  /** Infinity while it goes on. */
  endMs = new Float64Array(columnsFirst);
  /** 1 where its device has begun anew. */
  restarted = new Uint8Array(columnsFirst);
  again = new Uint8Array(columnsFirst);
  /** Digest of what the last report that told addresses told, and how many; 0 where none has. */
  told = new Float64Array(columnsFirst);
  toldCount = new Uint8Array(columnsFirst);
  /** The latest of its holdings, which are chained by `sibling`, and how many they are. */
  holding = new Int32Array(columnsFirst);
  holdingCount = new Uint8Array(columnsFirst);
  readonly #free: number[] = [];
  /** Numbers given so far. */
  #end = 0;

  add({ key, device, account, startMs, heardMs, again }: NewSession): number {
    const session = this.#free.pop() ?? this.#end++;
    if (session === this.account.length) this.#grow();
    this.key[session] = key;
    this.device[session] = device;
    this.account[session] = account;
    this.startMs[session] = startMs;
    this.heardMs[session] = heardMs;
    this.endMs[session] = Number.POSITIVE_INFINITY;
    this.restarted[session] = 0;
    this.again[session] = again ? 1 : 0;
    this.told[session] = 0;
    this.toldCount[session] = 0;
    this.holding[session] = none;
    this.holdingCount[session] = 0;
    return session;
  }

  /** It must have no holding any more. */
  remove(session: number): void {
    this.#free.push(session);
  }

  #grow(): void {
    this.key = longer(this.key, Int32Array);
    this.device = longer(this.device, Int32Array);
    this.account = longer(this.account, Int32Array);
    this.startMs = longer(this.startMs, Float64Array);
    this.heardMs = longer(this.heardMs, Float64Array);
    this.endMs = longer(this.endMs, Float64Array);
    this.restarted = longer(this.restarted, Uint8Array);
    this.again = longer(this.again, Uint8Array);
    this.told = longer(this.told, Float64Array);
    this.toldCount = longer(this.toldCount, Uint8Array);
    this.holding = longer(this.holding, Int32Array);
    this.holdingCount = longer(this.holdingCount, Uint8Array);
  }
}

/** Columns of holdings, each one session's time with one prefix. */
export class HoldingColumns {
  readonly sessions = new SessionColumns();
  readonly keys: PrefixKey[] = [];
  session = new Int32Array(columnsFirst);
  name = new Uint8Array(columnsFirst);
  fromMs = new Float64Array(columnsFirst);
  /** Infinity unless another address took its place; the session's end counts as well. */
  toMs = new Float64Array(columnsFirst);
  /** The holding of the same prefix before this one. */
  older = new Int32Array(columnsFirst);
  /** Another of the same session. */
  sibling = new Int32Array(columnsFirst);
  #space = new Uint16Array(columnsFirst);
  /** As many as lengths of prefixes are in use. */
  readonly #spaces: Space[] = [];
  readonly #free: number[] = [];

  /** The latest of its session; in its prefix's chain it has yet to be put. */
  add(session: number, { name, space, key }: Claim, fromMs: number): number {
    const holding = this.#free.pop() ?? this.keys.length;
    if (holding === this.session.length) this.#grow();
    this.keys[holding] = key;
    this.session[holding] = session;
    this.name[holding] = name;
    this.fromMs[holding] = fromMs;
    this.toMs[holding] = Number.POSITIVE_INFINITY;
    this.older[holding] = none;
    this.sibling[holding] = this.sessions.holding[session]!;
    this.#space[holding] = this.#numberOf(space);
    this.sessions.holding[session] = holding;
    this.sessions.holdingCount[session]!++;
    return holding;
  }

  spaceOf(holding: number): Space {
    return this.#spaces[this.#space[holding]!]!;
  }

  endOf(holding: number): number {
    return Math.min(this.toMs[holding]!, this.sessions.endMs[this.session[holding]!]!);
  }

  /** The holders of a chain as plain data, without time that another began before its end. */
  holdersOf(latest: number): { account: number; fromMs: number; untilMs: number }[] {
    const holders: { account: number; fromMs: number; untilMs: number }[] = [];
    let boundMs = Number.POSITIVE_INFINITY;
    for (let one = latest; one !== none; one = this.older[one]!) {
      const fromMs = this.fromMs[one]!;
      const untilMs = Math.min(this.endOf(one), boundMs);
      if (untilMs > fromMs) holders.push({ account: this.sessions.account[this.session[one]!]!, fromMs, untilMs });
      boundMs = Math.min(boundMs, fromMs);
    }
    return holders;
  }

  isIn(chain: number, wanted: number): boolean {
    for (let one = chain; one !== none; one = this.older[one]!) if (one === wanted) return true;
    return false;
  }

  /** Forgets all but the latest holders of a prefix. */
  cutChain(latest: number): void {
    let one = latest;
    for (let count = 1; count < holdersOfAddressMax && one !== none; count++) one = this.older[one]!;
    if (one !== none) this.older[one] = none;
  }

  /** Another address of the same attribute takes the place of those told before. */
  release(
    session: number,
    told: { readonly name: number; readonly places: readonly Pick<Claim, 'space' | 'key'>[]; readonly atMs: number },
  ): void {
    for (let one = this.sessions.holding[session]!; one !== none; one = this.sibling[one]!) {
      if (this.name[one] !== told.name) continue;
      const [space, key] = [this.spaceOf(one), this.keys[one]];
      if (told.places.some((place) => place.space === space && place.key === key)) continue;
      this.toMs[one] = Math.min(this.toMs[one]!, Math.max(told.atMs, this.fromMs[one]!));
    }
  }

  /** Whether the session has all that it told, and nobody came after it: then telling it again changes nothing. */
  holdsAll(session: number): boolean {
    let held = 0;
    for (let one = this.sessions.holding[session]!; one !== none; one = this.sibling[one]!) {
      if (this.toMs[one] === Number.POSITIVE_INFINITY && this.spaceOf(one).get(this.keys[one]!) === one) held++;
    }
    return held === this.sessions.toldCount[session];
  }

  /** Takes a holding out of its prefix's chain and of its session's. */
  remove(holding: number): void {
    const space = this.spaceOf(holding);
    const key = this.keys[holding]!;
    const older = this.older[holding]!;
    let newer = none;
    let one = space.get(key) ?? none;
    while (one !== none && one !== holding) [newer, one] = [one, this.older[one]!];
    if (one !== none && newer !== none) this.older[newer] = older;
    else if (one !== none && older !== none) space.set(key, older);
    else if (one !== none) space.delete(key);
    const session = this.session[holding]!;
    let later = none;
    for (let other = this.sessions.holding[session]!; other !== holding && other !== none; other = this.sibling[other]!)
      later = other;
    if (later === none) this.sessions.holding[session] = this.sibling[holding]!;
    else this.sibling[later] = this.sibling[holding]!;
    this.sessions.holdingCount[session]!--;
    this.keys[holding] = 0;
    this.#free.push(holding);
  }

  #numberOf(space: Space): number {
    const known = this.#spaces.indexOf(space);
    return known < 0 ? this.#spaces.push(space) - 1 : known;
  }

  #grow(): void {
    this.session = longer(this.session, Int32Array);
    this.name = longer(this.name, Uint8Array);
    this.fromMs = longer(this.fromMs, Float64Array);
    this.toMs = longer(this.toMs, Float64Array);
    this.older = longer(this.older, Int32Array);
    this.sibling = longer(this.sibling, Int32Array);
    this.#space = longer(this.#space, Uint16Array);
  }
}

export function keyOf({ version, prefix }: { version: 4 | 6; prefix: bigint }, bits: number): PrefixKey {
  return version === 4 ? Number(prefix >> BigInt(32 - bits)) : prefix >> BigInt(128 - bits);
}
