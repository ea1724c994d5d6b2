/**
 * Holdings of addresses: each a session's time with a prefix, chained with the others of its prefix, the latest first,
 * and with the others of its session. What the chains mean is in address-holders.ts.
 */

/** Holders of one address that are remembered, the latest. */
const holdersOfAddressMax = 256;

export interface HolderSession {
  readonly key: string;
  readonly device: string;
  readonly account: number;
  startMs: number;
  heardMs: number;
  /** Infinity while it goes on. */
  endMs: number;
  restarted: boolean;
  /** Its id was used before: an earlier report is of that session. */
  readonly again: boolean;
  /** What the last report that told addresses told, and how many. */
  told: string;
  toldCount: number;
  /** The latest of its holdings, which are chained by `sibling`, and how many they are. */
  holding: Holding | null;
  holdingCount: number;
}

/** A prefix's own number within those of its length: 32 bits of IPv4 as a number, to save memory. */
export type PrefixKey = number | bigint;
export type Space = Map<PrefixKey, Holding>;

/** One session's time with one prefix. Chains instead of arrays: with a million of them every octet counts. */
export interface Holding {
  readonly session: HolderSession;
  /** Index into `framedNames`. */
  readonly name: number;
  readonly space: Space;
  readonly key: PrefixKey;
  fromMs: number;
  /** Infinity unless another address took its place; the session's end counts as well. */
  toMs: number;
  /** The holding of the same prefix before this one. */
  older: Holding | null;
  /** Another of the same session. */
  sibling: Holding | null;
}

export type Claim = Pick<Holding, 'name' | 'space' | 'key'>;

export function endOf({ session, toMs }: Holding): number {
  return Math.min(toMs, session.endMs);
}

export function keyOf({ version, prefix }: { version: 4 | 6; prefix: bigint }, bits: number): PrefixKey {
  return version === 4 ? Number(prefix >> BigInt(32 - bits)) : prefix >> BigInt(128 - bits);
}

/** The holders of a chain as plain data, without time that another began before its end. */
export function holdersOf(latest: Holding | null): { account: number; fromMs: number; untilMs: number }[] {
  const holders: { account: number; fromMs: number; untilMs: number }[] = [];
  let boundMs = Number.POSITIVE_INFINITY;
  for (let one = latest; one !== null; one = one.older) {
    const untilMs = Math.min(endOf(one), boundMs);
    if (untilMs > one.fromMs) holders.push({ account: one.session.account, fromMs: one.fromMs, untilMs });
    boundMs = Math.min(boundMs, one.fromMs);
  }
  return holders;
}

export function isIn(chain: Holding | null, wanted: Holding): boolean {
  for (let one = chain; one !== null; one = one.older) if (one === wanted) return true;
  return false;
}

/** Forgets all but the latest holders of a prefix. */
export function cutChain(latest: Holding): void {
  let one: Holding | null = latest;
  for (let count = 1; count < holdersOfAddressMax && one !== null; count++) one = one.older;
  if (one !== null) one.older = null;
}

/** Another address of the same attribute takes the place of those told before. */
export function release(
  session: HolderSession,
  told: { readonly name: number; readonly places: readonly Pick<Claim, 'space' | 'key'>[]; readonly atMs: number },
): void {
  for (let holding = session.holding; holding !== null; holding = holding.sibling) {
    const { name, space, key, toMs, fromMs } = holding;
    if (name !== told.name || told.places.some((place) => place.space === space && place.key === key)) continue;
    holding.toMs = Math.min(toMs, Math.max(told.atMs, fromMs));
  }
}

/** Whether the session has all that it told, and nobody came after it: then telling it again changes nothing. */
export function holdsAll(session: HolderSession): boolean {
  let held = 0;
  for (let one = session.holding; one !== null; one = one.sibling) {
    if (one.toMs === Number.POSITIVE_INFINITY && one.space.get(one.key) === one) held++;
  }
  return held === session.toldCount;
}

/** Takes a holding out of its prefix's chain and of its session's. */
export function unlink(holding: Holding): void {
  const { space, key, session } = holding;
  let newer: Holding | null = null;
  let one = space.get(key) ?? null;
  while (one !== null && one !== holding) [newer, one] = [one, one.older];
  if (one !== null && newer !== null) newer.older = holding.older;
  else if (one !== null && holding.older !== null) space.set(key, holding.older);
  else if (one !== null) space.delete(key);
  let later: Holding | null = null;
  for (let other = session.holding; other !== holding && other !== null; other = other.sibling) later = other;
  if (later === null) session.holding = holding.sibling;
  else later.sibling = holding.sibling;
}
