/**
 * Who held which address, and when: what sessions teach the guide (DESIGN §1.2). Session records are applied as they are
 * appended to the log; addresses are told by the attributes that the NAS framed the user with. Pure: no clock, no store.
 *
 * - An address or prefix is held from the session's start, or, where the session did not tell it at first, from the last
 *   report that did not. It is held until the session stops, falls silent, or its device restarts, or another address of
 *   the same attribute takes its place. That a report lacks it means nothing: devices needn't repeat it.
 * - An address has one holder at a time. Where a session claims one that another still holds, the session that began
 *   later has it, from the other's last sign of life: the other's Stop was lost, or is late. The one that began earlier
 *   is not believed, and the conflict counted.
 * - A session that is heard again after its end, but for its device's restart, goes on; if another held its address
 *   meanwhile, it holds it again from that one's end.
 * - Records may come late and twice: each claim finds its place by time, and changes nothing the second time.
 *
 * Holdings are kept for a while after their end, since flows come later than the reports that explain them.
 */
import { parseCidr, type UsageRecord } from '../../collectors/index.ts';
import type { LogEntry } from '../log/usage-log.ts';
import {
  type Claim,
  cutChain,
  endOf,
  type HolderSession,
  type Holding,
  holdersOf,
  holdsAll,
  isIn,
  keyOf,
  release,
  type Space,
  unlink,
} from './address-holding.ts';
import { ChangedPrefixes, type Place } from './changed-prefixes.ts';
import { type SessionState, sessionKey } from './session.ts';

/** Attributes by which a session tells its addresses (RFC 2865 §5.8, RFC 3162 §2.3, RFC 4818 §3, RFC 6911 §3.1). */
const framedNames = [
  'Framed-IP-Address',
  'Framed-IPv6-Prefix',
  'Framed-IPv6-Address',
  'Delegated-IPv6-Prefix',
] as const;
/** RFC 2865 §5.8: the user may choose, or the NAS does; no addresses. */
const noAddresses = new Set(['0.0.0.0', '255.255.255.255', '255.255.255.254']);
/** A wider prefix is a mistake: nobody holds so much. */
const prefixBitsMin = 16;
const addressesOfSessionMax = 16;
/** Rounding to seconds may move a start by this much, ms. */
const restartSlackMs = 2_000;

export interface AddressHoldersLimits {
  /** Addresses and prefixes, by holder; beyond, the oldest ended ones are forgotten, then new ones not learned. */
  readonly holdingsMax: number;
  /** How long an ended holding is remembered. */
  readonly keptMs: number;
}

export interface AddressHolder {
  readonly account: number;
  /** Length of the prefix that was held. */
  readonly bits: number;
  /** Key of the session (mediation/session.ts). */
  readonly session: string;
  readonly fromMs: number;
  /** Null while the session goes on; another session may have the address before that. */
  readonly untilMs: number | null;
}

export class AddressHolders {
  readonly #limits: AddressHoldersLimits;
  /** By version, then by length of prefix, the longest first. */
  readonly #spaces: Record<4 | 6, Map<number, Space>> = { 4: new Map(), 6: new Map() };
  readonly #lengths: Record<4 | 6, number[]> = { 4: [], 6: [] };
  readonly #sessions = new Map<string, HolderSession>();
  readonly #changed = new ChangedPrefixes(this.#spaces);
  readonly #goingOnByDevice = new Map<string, Set<HolderSession>>();
  /** In the order in which they ended, as far as records came in order. */
  readonly #ended = new Set<HolderSession>();
  /** Addresses and prefixes held now or remembered. */
  holdings = 0;
  /** Claims of an address that a session begun later held. */
  conflicts = 0;
  /** Claims that were not learned for want of room. */
  overflows = 0;

  constructor(limits: AddressHoldersLimits) {
    this.#limits = limits;
  }

  /** Sessions that hold or held something. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** Learns from what was appended to the log. */
  apply(entry: LogEntry): void {
    if (entry.kind === 'silence') return this.#silence(entry.session, entry.lastHeardMs, entry.atMs);
    if (entry.kind !== 'usage') return;
    const { record } = entry;
    if (record.status === 'accounting-on' || record.status === 'accounting-off') {
      return this.#restart(record.source.device, record.endMs);
    }
    if (record.status === 'start' || record.status === 'interim' || record.status === 'stop') {
      this.#report(record, entry.account);
    }
  }

  /** Learns from a session as the store knows it, which may lag behind the log. */
  restore(state: SessionState): void {
    const { key, device, account, startMs, lastHeardMs, details } = state;
    if (this.#sessions.has(key) || !tellsAddress(details.attributes)) return;
    const session = this.#begin({
      key,
      device,
      account,
      startMs,
      heardMs: lastHeardMs,
      again: state.incarnation > 1,
    });
    this.#claimTold(session, details.attributes, { lowerMs: startMs, eventMs: lastHeardMs });
    this.#keepIfItHolds(session);
    if (state.open || session.holdingCount === 0) return;
    session.restarted = state.closedBy === 'restart';
    this.#end(session, state.closedBy === 'restart' ? (state.deviceRestartMs ?? lastHeardMs) : lastHeardMs);
  }

  /**
   * Who held an address or prefix at an instant: the holder of the longest prefix that holds it. Null where nobody did,
   * or where `text` is neither.
   */
  find(text: string, atMs: number): AddressHolder | null {
    const parsed = parseCidr(text);
    if (parsed === null) return null;
    for (const bits of this.#lengths[parsed.version]) {
      if (bits > parsed.bits) continue;
      let holding = this.#spaces[parsed.version].get(bits)!.get(keyOf(parsed, bits)) ?? null;
      while (holding !== null && holding.fromMs > atMs) holding = holding.older;
      if (holding === null || atMs >= endOf(holding)) continue;
      const { session, fromMs } = holding;
      const endMs = endOf(holding);
      const untilMs = endMs === Number.POSITIVE_INFINITY ? null : endMs;
      return { account: session.account, bits, session: session.key, fromMs, untilMs };
    }
    return null;
  }

  /** From now on changes are remembered for `takeChanges`, and all there is counts as changed. */
  watchChanges(): void {
    this.#changed.watch();
  }

  /** Up to so many of the prefixes that have changed; one without holders is free. */
  takeChanges(countMax: number): Place[] {
    return this.#changed.take(countMax);
  }

  /** The holders of just this prefix, the latest first; each held it until its end, or until the one before it began. */
  holdersOf({ version, bits, key }: Place): ReturnType<typeof holdersOf> {
    return holdersOf(this.#spaces[version].get(bits)?.get(key) ?? null);
  }

  /** Forgets what ended longer ago than is kept. */
  trim(nowMs: number): void {
    for (const session of this.#ended) {
      if (session.endMs > nowMs - this.#limits.keptMs) return;
      this.#forget(session);
    }
  }

  #report(record: UsageRecord, account: number): void {
    const key = sessionKey(record);
    if (key === null) return;
    const known = this.#sessions.get(key);
    if (known === undefined || beginsAnew(known, record)) {
      if (known) this.#leave(known, record.startMs);
      if (!tellsAddress(record.attributes)) return;
      const { device } = record.source;
      const { startMs, endMs: heardMs } = record;
      const session = this.#begin({ key, device, account, startMs, heardMs, again: known !== undefined });
      this.#claimTold(session, record.attributes, { lowerMs: record.startMs, eventMs: record.endMs });
      if (record.status === 'stop') this.#end(session, record.endMs);
      return this.#keepIfItHolds(session);
    }
    if (known.again && record.endMs + restartSlackMs < known.startMs) return;
    const heardMs = known.heardMs;
    const isLater = record.endMs > heardMs;
    if (record.startKnown && record.startMs < known.startMs) known.startMs = record.startMs;
    if (isLater) known.heardMs = record.endMs;
    if (record.status === 'stop') {
      if (record.endMs >= heardMs && !known.restarted) this.#end(known, record.endMs);
    } else if (isLater && known.endMs < Number.POSITIVE_INFINITY && !known.restarted) this.#goOn(known);
    if (record.status === 'start') this.#reachBackTo(known, record.startMs);
    if (record.endMs >= heardMs) this.#claimTold(known, record.attributes, { lowerMs: heardMs, eventMs: record.endMs });
    this.#keepIfItHolds(known);
  }

  /** What tells addresses that nobody can have, or for which there is no room, must not fill the memory either. */
  #keepIfItHolds(session: HolderSession): void {
    if (session.holdingCount === 0) this.#forget(session);
  }

  #claimTold(session: HolderSession, attributes: UsageRecord['attributes'], when: ClaimTime): void {
    const told = toldBy(attributes);
    if (told === session.told && holdsAll(session)) return;
    session.told = told;
    session.toldCount = 0;
    for (let name = 0; name < framedNames.length; name++) {
      const text = attributes[framedNames[name]!];
      if (text === undefined) continue;
      const places = text.split('\n', addressesOfSessionMax).flatMap((prefix) => this.#placeOf(prefix) ?? []);
      session.toldCount += places.length;
      release(session, { name, places, atMs: when.eventMs });
      this.#noteAll(session);
      for (const { space, key } of places) this.#claim(session, { name, space, key }, when);
    }
  }

  #claim(session: HolderSession, claim: Claim, { lowerMs, eventMs }: ClaimTime): void {
    const { space, key } = claim;
    let newer: Holding | null = null;
    let before = space.get(key) ?? null;
    while (before !== null && before.fromMs > eventMs) [newer, before] = [before, before.older];
    if (before?.session === session && before.toMs === Number.POSITIVE_INFINITY) return;
    let fromMs = Math.min(lowerMs, eventMs);
    if (before !== null && endOf(before) > eventMs) {
      if (session.startMs <= before.session.startMs) {
        this.conflicts++;
        // What it held before the other began is its own still.
        if (lowerMs < before.fromMs) this.#claim(session, claim, { lowerMs, eventMs: before.fromMs - 1 });
        return;
      }
      fromMs = Math.max(fromMs, before.fromMs, Math.min(before.session.heardMs, eventMs));
    } else if (before !== null) fromMs = Math.max(fromMs, before.fromMs, endOf(before));
    if (!this.#makeRoom(session)) {
      this.overflows++;
      return;
    }
    // What made room may have stood in this very chain.
    if (before !== null && !isIn(space.get(key) ?? null, before)) before = null;
    if (newer !== null && !isIn(space.get(key) ?? null, newer)) newer = null;
    const sibling = session.holding;
    // All fields in one literal: it takes half the memory of a spread.
    const { name } = claim;
    const toMs = Number.POSITIVE_INFINITY;
    const holding: Holding = { session, name, space, key, fromMs, toMs, older: before, sibling };
    if (newer === null) space.set(key, holding);
    else newer.older = holding;
    cutChain(space.get(key)!);
    session.holding = holding;
    session.holdingCount++;
    this.holdings++;
    this.#changed.note(space, key);
  }

  /** An earlier start of the session became known: it held its first addresses from then, if nobody else did. */
  #reachBackTo(session: HolderSession, startMs: number): void {
    for (let holding = session.holding; holding !== null; holding = holding.sibling) {
      const { older } = holding;
      if (startMs >= holding.fromMs || older?.session === session) continue;
      const boundMs = older === null ? startMs : Math.max(startMs, older.fromMs, older.session.heardMs);
      holding.fromMs = Math.min(holding.fromMs, boundMs);
    }
    this.#noteAll(session);
  }

  /** All that a session holds may have another holder. */
  #noteAll(session: HolderSession): void {
    for (let one = session.holding; one !== null; one = one.sibling) this.#changed.note(one.space, one.key);
  }

  #restart(device: string, atMs: number): void {
    for (const session of [...(this.#goingOnByDevice.get(device) ?? [])]) {
      if (session.startMs >= atMs) continue;
      session.restarted = true;
      this.#end(session, atMs);
    }
  }

  #silence(key: string, lastHeardMs: number, atMs: number): void {
    const session = this.#sessions.get(key);
    if (session && session.endMs === Number.POSITIVE_INFINITY && session.heardMs <= lastHeardMs)
      this.#end(session, atMs);
  }

  #begin(fields: Pick<HolderSession, 'key' | 'device' | 'account' | 'startMs' | 'heardMs' | 'again'>): HolderSession {
    const { key, device, account, startMs, heardMs, again } = fields;
    const session: HolderSession = {
      key,
      device,
      account,
      startMs,
      heardMs,
      endMs: Number.POSITIVE_INFINITY,
      restarted: false,
      again,
      told: '',
      toldCount: 0,
      holding: null,
      holdingCount: 0,
    };
    this.#sessions.set(session.key, session);
    this.#goOn(session);
    return session;
  }

  #goOn(session: HolderSession): void {
    session.endMs = Number.POSITIVE_INFINITY;
    this.#noteAll(session);
    this.#ended.delete(session);
    const others = this.#goingOnByDevice.get(session.device) ?? new Set();
    this.#goingOnByDevice.set(session.device, others.add(session));
  }

  #end(session: HolderSession, atMs: number): void {
    session.endMs = atMs;
    this.#noteAll(session);
    this.#ended.add(session);
    this.#goesOnNoMore(session);
  }

  #goesOnNoMore(session: HolderSession): void {
    const others = this.#goingOnByDevice.get(session.device);
    others?.delete(session);
    if (others?.size === 0) this.#goingOnByDevice.delete(session.device);
  }

  /** Another incarnation of its id has begun: it keeps what it held until then. */
  #leave(session: HolderSession, atMs: number): void {
    this.#end(session, Math.min(session.endMs, atMs));
    this.#sessions.delete(session.key);
  }

  /** False where there is no room and nothing ended that could make some. */
  #makeRoom(session: HolderSession): boolean {
    if (session.holdingCount >= addressesOfSessionMax) {
      let oldest: Holding | null = null;
      for (let one = session.holding; one !== null; one = one.sibling)
        if (one.toMs < Number.POSITIVE_INFINITY) oldest = one;
      if (oldest === null) return false;
      this.#drop(oldest);
    }
    for (const ended of this.#ended) {
      if (this.holdings < this.#limits.holdingsMax) return true;
      if (ended !== session) this.#forget(ended);
    }
    return this.holdings < this.#limits.holdingsMax;
  }

  #forget(session: HolderSession): void {
    this.#ended.delete(session);
    this.#goesOnNoMore(session);
    if (this.#sessions.get(session.key) === session) this.#sessions.delete(session.key);
    while (session.holding !== null) this.#drop(session.holding);
  }

  #drop(holding: Holding): void {
    unlink(holding);
    const { session, space, key } = holding;
    this.#changed.note(space, key);
    session.holdingCount--;
    this.holdings--;
  }

  /** Where a prefix's holders stand; null for what nobody can hold. */
  #placeOf(prefix: string): Pick<Claim, 'space' | 'key'> | null {
    const parsed = noAddresses.has(prefix) ? null : parseCidr(prefix);
    if (parsed === null || parsed.bits < prefixBitsMin) return null;
    const { version, bits } = parsed;
    let space = this.#spaces[version].get(bits);
    if (space === undefined) {
      space = new Map();
      this.#spaces[version].set(bits, space);
      this.#lengths[version] = [...this.#lengths[version], bits].sort((a, b) => b - a);
    }
    return { space, key: keyOf(parsed, bits) };
  }
}

interface ClaimTime {
  /** The claim reaches back to here, if nobody held the address since. */
  readonly lowerMs: number;
  /** Time of the report that makes the claim. */
  readonly eventMs: number;
}

/** All that a report tells of addresses as one text: where it tells but one, that text itself. */
function toldBy(attributes: UsageRecord['attributes']): string {
  let told = '';
  for (let name = 0; name < framedNames.length; name++) {
    const text = attributes[framedNames[name]!];
    if (text !== undefined) told = told === '' && name === 0 ? text : `${told} ${name} ${text}`;
  }
  return told;
}

function tellsAddress(attributes: UsageRecord['attributes']): boolean {
  return framedNames.some((name) => attributes[name] !== undefined);
}

/** As in session.ts, as far as it can be told without counters. */
function beginsAnew(known: HolderSession, record: UsageRecord): boolean {
  if (!record.startKnown) return false;
  if (known.restarted && record.startMs >= known.endMs) return true;
  return record.startMs > known.heardMs + restartSlackMs;
}
