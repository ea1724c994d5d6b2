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
 * - A session that is heard again after its end goes on, after its device's restart only where it outlived that
 *   (incarnation.ts); if another held its address meanwhile, it holds it again from that one's end.
 * - Records may come late and twice: each claim finds its place by time, and changes nothing the second time.
 *
 * Holdings are kept for a while after their end, since flows come later than the reports that explain them.
 */
import { parseCidr, type UsageRecord } from '../../collectors/index.ts';
import type { LogEntry } from '../log/usage-log.ts';
import { type Claim, HoldingColumns, keyOf, type NewSession, type Space } from './address-holding.ts';
import { ChangedPrefixes, type Place } from './changed-prefixes.ts';
import { NumberColumn, none } from './columns.ts';
import { GoingOn } from './going-on.ts';
import { outlivesRestart } from './incarnation.ts';
import { type SessionState, sessionKey } from './session.ts';
import { TextNumbers } from './text-numbers.ts';
import { digestTold, framedNames, tellsAddress } from './told-addresses.ts';

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
  readonly fromMs: number;
  /** Null while the session goes on; another session may have the address before that. */
  readonly untilMs: number | null;
}

export class AddressHolders {
  readonly #limits: AddressHoldersLimits;
  /** By version, then by length of prefix, the longest first. */
  readonly #spaces: Record<4 | 6, Map<number, Space>> = { 4: new Map(), 6: new Map() };
  readonly #lengths: Record<4 | 6, number[]> = { 4: [], 6: [] };
  readonly #all = new HoldingColumns();
  /** Keys of sessions and names of devices. */
  readonly #texts: TextNumbers;
  /** The latest session of each key, by the key's number. */
  readonly #latest = new NumberColumn();
  readonly #changed = new ChangedPrefixes(this.#spaces);
  readonly #goingOn = new GoingOn();
  /** In the order in which they ended, as far as records came in order. */
  readonly #ended = new Set<number>();
  /** Addresses and prefixes held now or remembered. */
  holdings = 0;
  /** Claims of an address that a session begun later held. */
  conflicts = 0;
  /** Claims that were not learned for want of room. */
  overflows = 0;
  /** Sessions that hold or held something, those left out that others of the same key have followed. */
  sessions = 0;

  /** `texts` may be shared with other tables of sessions. */
  constructor(limits: AddressHoldersLimits, texts = new TextNumbers()) {
    this.#limits = limits;
    this.#texts = texts;
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
    if (this.#find(key) !== none || !tellsAddress(details.attributes)) return;
    const session = this.#begin({
      key,
      device,
      account,
      startMs,
      heardMs: lastHeardMs,
      again: state.incarnation > 1,
    });
    this.#claimTold(session, details.attributes, { lowerMs: startMs, eventMs: lastHeardMs });
    if (!this.#keepIfItHolds(session) || state.open) return;
    this.#all.sessions.restarted[session] = state.closedBy === 'restart' ? 1 : 0;
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
      const all = this.#all;
      let holding = this.#spaces[parsed.version].get(bits)!.get(keyOf(parsed, bits)) ?? none;
      while (holding !== none && all.fromMs[holding]! > atMs) holding = all.older[holding]!;
      if (holding === none || atMs >= all.endOf(holding)) continue;
      const session = all.session[holding]!;
      const endMs = all.endOf(holding);
      const untilMs = endMs === Number.POSITIVE_INFINITY ? null : endMs;
      return { account: all.sessions.account[session]!, bits, fromMs: all.fromMs[holding]!, untilMs };
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
  holdersOf({ version, bits, key }: Place): ReturnType<HoldingColumns['holdersOf']> {
    return this.#all.holdersOf(this.#spaces[version].get(bits)?.get(key) ?? none);
  }

  /** Forgets what ended longer ago than is kept. */
  trim(nowMs: number): void {
    for (const session of this.#ended) {
      if (this.#all.sessions.endMs[session]! > nowMs - this.#limits.keptMs) return;
      this.#forget(session);
    }
  }

  #report(record: UsageRecord, account: number): void {
    const key = sessionKey(record);
    if (key === null) return;
    const known = this.#find(key);
    if (known === none || this.#beginsAnew(known, record)) {
      if (known !== none) this.#leave(known, record.startMs);
      if (!tellsAddress(record.attributes)) return;
      const { device } = record.source;
      const { startMs, endMs: heardMs } = record;
      const session = this.#begin({ key, device, account, startMs, heardMs, again: known !== none });
      this.#claimTold(session, record.attributes, { lowerMs: record.startMs, eventMs: record.endMs });
      if (record.status === 'stop') this.#end(session, record.endMs);
      this.#keepIfItHolds(session);
      return;
    }
    this.#hear(known, record);
    this.#keepIfItHolds(known);
  }

  /** A report of a session that goes on. */
  #hear(known: number, record: UsageRecord): void {
    const { sessions } = this.#all;
    if (sessions.again[known] === 1 && record.endMs + restartSlackMs < sessions.startMs[known]!) return;
    const heardMs = sessions.heardMs[known]!;
    const endMs = sessions.endMs[known]!;
    const isLater = record.endMs > heardMs;
    const isRestarted = sessions.restarted[known] === 1;
    if (record.startKnown && record.startMs < sessions.startMs[known]!) sessions.startMs[known] = record.startMs;
    if (isLater) sessions.heardMs[known] = record.endMs;
    if (record.status === 'stop') {
      if (record.endMs >= heardMs && !isRestarted) this.#end(known, record.endMs);
    } else if (isLater && endMs < Number.POSITIVE_INFINITY && (!isRestarted || outlivesRestart(endMs, record))) {
      this.#goOn(known);
    }
    if (record.status === 'start') this.#reachBackTo(known, record.startMs);
    if (record.endMs >= heardMs) this.#claimTold(known, record.attributes, { lowerMs: heardMs, eventMs: record.endMs });
  }

  /** What tells addresses that nobody can have, or for which there is no room, must not fill the memory either. */
  #keepIfItHolds(session: number): boolean {
    if (this.#all.sessions.holdingCount[session]! > 0) return true;
    this.#forget(session);
    return false;
  }

  #claimTold(session: number, attributes: UsageRecord['attributes'], when: ClaimTime): void {
    const { sessions } = this.#all;
    const told = digestTold(attributes);
    if (told === sessions.told[session] && this.#all.holdsAll(session)) return;
    sessions.told[session] = told;
    let toldCount = 0;
    for (let name = 0; name < framedNames.length; name++) {
      const text = attributes[framedNames[name]!];
      if (text === undefined) continue;
      const places = text.split('\n', addressesOfSessionMax).flatMap((prefix) => this.#placeOf(prefix) ?? []);
      toldCount += places.length;
      this.#all.release(session, { name, places, atMs: when.eventMs });
      this.#noteAll(session);
      for (const { space, key } of places) this.#claim(session, { name, space, key }, when);
    }
    sessions.toldCount[session] = toldCount;
  }

  #claim(session: number, claim: Claim, { lowerMs, eventMs }: ClaimTime): void {
    const all = this.#all;
    const { space, key } = claim;
    let newer = none;
    let before = space.get(key) ?? none;
    while (before !== none && all.fromMs[before]! > eventMs) [newer, before] = [before, all.older[before]!];
    if (before !== none && all.session[before] === session && all.toMs[before] === Number.POSITIVE_INFINITY) return;
    let fromMs = Math.min(lowerMs, eventMs);
    if (before !== none && all.endOf(before) > eventMs) {
      const other = all.session[before]!;
      const beganMs = all.fromMs[before]!;
      if (all.sessions.startMs[session]! <= all.sessions.startMs[other]!) {
        this.conflicts++;
        // What it held before the other began is its own still.
        if (lowerMs < beganMs) this.#claim(session, claim, { lowerMs, eventMs: beganMs - 1 });
        return;
      }
      fromMs = Math.max(fromMs, beganMs, Math.min(all.sessions.heardMs[other]!, eventMs));
    } else if (before !== none) fromMs = Math.max(fromMs, all.fromMs[before]!, all.endOf(before));
    if (!this.#makeRoom(session)) {
      this.overflows++;
      return;
    }
    // What made room may have stood in this very chain.
    const latest = space.get(key) ?? none;
    if (!all.isIn(latest, before)) before = none;
    if (!all.isIn(latest, newer)) newer = none;
    const holding = all.add(session, claim, fromMs);
    all.older[holding] = before;
    if (newer === none) space.set(key, holding);
    else all.older[newer] = holding;
    all.cutChain(space.get(key)!);
    this.holdings++;
    this.#changed.note(space, key);
  }

  /** An earlier start of the session became known: it held its first addresses from then, if nobody else did. */
  #reachBackTo(session: number, startMs: number): void {
    const all = this.#all;
    for (let holding = all.sessions.holding[session]!; holding !== none; holding = all.sibling[holding]!) {
      const older = all.older[holding]!;
      const other = older === none ? none : all.session[older]!;
      if (startMs >= all.fromMs[holding]! || other === session) continue;
      const boundMs = older === none ? startMs : Math.max(startMs, all.fromMs[older]!, all.sessions.heardMs[other]!);
      all.fromMs[holding] = Math.min(all.fromMs[holding]!, boundMs);
    }
    this.#noteAll(session);
  }

  /** All that a session holds may have another holder. */
  #noteAll(session: number): void {
    const all = this.#all;
    for (let one = all.sessions.holding[session]!; one !== none; one = all.sibling[one]!)
      this.#changed.note(all.spaceOf(one), all.keys[one]!);
  }

  #restart(device: string, atMs: number): void {
    const number = this.#texts.find(device);
    if (number === none) return;
    for (const session of this.#goingOn.of(number)) {
      if (this.#all.sessions.startMs[session]! >= atMs) continue;
      this.#all.sessions.restarted[session] = 1;
      this.#end(session, atMs);
    }
  }

  #silence(key: string, lastHeardMs: number, atMs: number): void {
    const session = this.#find(key);
    if (session === none) return;
    const { endMs, heardMs } = this.#all.sessions;
    if (endMs[session] === Number.POSITIVE_INFINITY && heardMs[session]! <= lastHeardMs) this.#end(session, atMs);
  }

  /** The latest session of a key, or `none`. */
  #find(key: string): number {
    const number = this.#texts.find(key);
    return number === none ? none : this.#latest.get(number);
  }

  #begin({ key, device, ...fields }: BeginningSession): number {
    const number = this.#texts.hold(key);
    const session = this.#all.sessions.add({ ...fields, key: number, device: this.#texts.hold(device) });
    this.#latest.set(number, session);
    this.sessions++;
    this.#goOn(session);
    return session;
  }

  #goOn(session: number): void {
    const { sessions } = this.#all;
    sessions.endMs[session] = Number.POSITIVE_INFINITY;
    sessions.restarted[session] = 0;
    this.#noteAll(session);
    this.#ended.delete(session);
    this.#goingOn.add(session, sessions.device[session]!);
  }

  #end(session: number, atMs: number): void {
    this.#all.sessions.endMs[session] = atMs;
    this.#noteAll(session);
    this.#ended.add(session);
    this.#goingOn.delete(session, this.#all.sessions.device[session]!);
  }

  /** Another incarnation of its id has begun: it keeps what it held until then. */
  #leave(session: number, atMs: number): void {
    const { sessions } = this.#all;
    this.#end(session, Math.min(sessions.endMs[session]!, atMs));
    this.#isLatestNoMore(session);
  }

  /** False where there is no room and nothing ended that could make some. */
  #makeRoom(session: number): boolean {
    const all = this.#all;
    if (all.sessions.holdingCount[session]! >= addressesOfSessionMax) {
      let oldest = none;
      for (let one = all.sessions.holding[session]!; one !== none; one = all.sibling[one]!)
        if (all.toMs[one]! < Number.POSITIVE_INFINITY) oldest = one;
      if (oldest === none) return false;
      this.#drop(oldest);
    }
    if (this.holdings < this.#limits.holdingsMax) return true;
    for (const ended of this.#ended) {
      if (ended !== session) this.#forget(ended);
      if (this.holdings < this.#limits.holdingsMax) return true;
    }
    return this.holdings < this.#limits.holdingsMax;
  }

  #forget(session: number): void {
    const { sessions } = this.#all;
    this.#ended.delete(session);
    this.#goingOn.delete(session, sessions.device[session]!);
    this.#isLatestNoMore(session);
    while (sessions.holding[session] !== none) this.#drop(sessions.holding[session]!);
    this.#texts.letGo(sessions.key[session]!);
    this.#texts.letGo(sessions.device[session]!);
    sessions.remove(session);
  }

  #isLatestNoMore(session: number): void {
    const key = this.#all.sessions.key[session]!;
    if (this.#latest.get(key) !== session) return;
    this.#latest.set(key, none);
    this.sessions--;
  }

  #drop(holding: number): void {
    const space = this.#all.spaceOf(holding);
    const key = this.#all.keys[holding]!;
    this.#all.remove(holding);
    this.#changed.note(space, key);
    this.holdings--;
  }

  /** As in session.ts, as far as it can be told without counters. */
  #beginsAnew(known: number, record: UsageRecord): boolean {
    if (!record.startKnown) return false;
    const { restarted, endMs, heardMs } = this.#all.sessions;
    if (restarted[known] === 1 && record.startMs >= endMs[known]!) return true;
    return record.startMs > heardMs[known]! + restartSlackMs;
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

/** By its texts, of which it will hold the numbers. */
type BeginningSession = Omit<NewSession, 'key' | 'device'> & { readonly key: string; readonly device: string };

interface ClaimTime {
  /** The claim reaches back to here, if nobody held the address since. */
  readonly lowerMs: number;
  /** Time of the report that makes the claim. */
  readonly eventMs: number;
}
