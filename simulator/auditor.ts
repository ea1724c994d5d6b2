/**
 * The auditor: what the bills must say, worked out from the ack log alone, without a line of the daemon's or of
 * rating's code (DESIGN §1: the two laws of conservation). Totals here; money in `tariff.ts` and `evening.ts`.
 *
 * A session is known by NAS and Acct-Session-Id, which the simulator uses once only. Its use is the highest value each
 * of its cumulative counters reached: an older report that was answered later changes nothing (RFC 2869 §2.1). After its
 * Stop comes no more of it, since a NAS sends a session's reports one after the other: it is forgotten then, so that an
 * audit takes memory for the sessions open at once, not for all there were.
 */
import type { AckedRecord } from './ack-log.ts';

export interface UseTotals {
  readonly sessions: number;
  readonly seconds: bigint;
  readonly octetsIn: bigint;
  readonly octetsOut: bigint;
}

/** What one report adds to what its session's earlier reports said: a piece of use with its place in time. */
export interface UsePiece {
  readonly user: string;
  /** UTC epoch s. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly octetsIn: bigint;
  readonly octetsOut: bigint;
}

interface SessionState {
  readonly lastEventSeconds: number;
  readonly sessionSeconds: number;
  readonly octetsIn: bigint;
  readonly octetsOut: bigint;
}

/** Adds up an ack log record by record. */
export class UseAuditor {
  readonly #totals = new Map<string, UseTotals>();
  readonly #sessions = new Map<string, SessionState>();

  add(record: AckedRecord): void {
    const { piece, opens } = pieceOf(record, this.#sessions);
    const before = this.#totals.get(piece.user) ?? { sessions: 0, seconds: 0n, octetsIn: 0n, octetsOut: 0n };
    this.#totals.set(piece.user, {
      sessions: before.sessions + (opens ? 1 : 0),
      seconds: before.seconds + BigInt(piece.endSeconds - piece.startSeconds),
      octetsIn: before.octetsIn + piece.octetsIn,
      octetsOut: before.octetsOut + piece.octetsOut,
    });
  }

  /** Expected totals per user, over all sessions so far. */
  get totals(): ReadonlyMap<string, UseTotals> {
    return this.#totals;
  }

  /** Sessions of which more may come, which is what it remembers of the log. */
  get openSessions(): number {
    return this.#sessions.size;
  }
}

/** Expected totals per user, over all sessions of the ack log. */
export function expectedTotals(records: Iterable<AckedRecord>): ReadonlyMap<string, UseTotals> {
  const auditor = new UseAuditor();
  for (const record of records) auditor.add(record);
  return auditor.totals;
}

/** The pieces of use in order of the log, for tariffs that depend on the time of day or on order. */
export function* usePieces(records: Iterable<AckedRecord>): Generator<UsePiece> {
  const sessions = new Map<string, SessionState>();
  for (const record of records) {
    const { piece } = pieceOf(record, sessions);
    if (piece.endSeconds > piece.startSeconds || piece.octetsIn > 0n || piece.octetsOut > 0n) yield piece;
  }
}

function pieceOf(record: AckedRecord, sessions: Map<string, SessionState>): { piece: UsePiece; opens: boolean } {
  const key = `${record.nas}\n${record.session}`;
  const known = sessions.get(key);
  const state = known ?? {
    lastEventSeconds: record.eventSeconds - record.sessionSeconds,
    sessionSeconds: 0,
    octetsIn: 0n,
    octetsOut: 0n,
  };
  const seconds = Math.max(record.sessionSeconds - state.sessionSeconds, 0);
  const endSeconds = Math.max(record.eventSeconds, state.lastEventSeconds);
  const octetsIn = rise(state.octetsIn, record.octetsIn);
  const octetsOut = rise(state.octetsOut, record.octetsOut);
  if (record.status === 'stop') sessions.delete(key);
  else {
    sessions.set(key, {
      lastEventSeconds: endSeconds,
      sessionSeconds: state.sessionSeconds + seconds,
      octetsIn: state.octetsIn + octetsIn,
      octetsOut: state.octetsOut + octetsOut,
    });
  }
  const piece = { user: record.user, startSeconds: endSeconds - seconds, endSeconds, octetsIn, octetsOut };
  return { piece, opens: known === undefined };
}

function rise(from: bigint, to: bigint): bigint {
  return to > from ? to - from : 0n;
}

/** One disagreement between what is expected and what the daemon says. */
export interface Difference {
  readonly name: string;
  readonly expected: string;
  readonly actual: string;
  /** actual − expected, an exact decimal. */
  readonly difference: string;
}

/**
 * Compares exact decimal strings by name; "1.50" equals "1.5", and a name that one side lacks is a 0 there. Empty when
 * all agree.
 */
export function compareAmounts(
  expected: ReadonlyMap<string, string>,
  actual: ReadonlyMap<string, string>,
): readonly Difference[] {
  const differences: Difference[] = [];
  for (const name of new Set([...expected.keys(), ...actual.keys()])) {
    const wanted = expected.get(name) ?? '0';
    const found = actual.get(name) ?? '0';
    const difference = subtractDecimals(found, wanted);
    if (/[1-9]/.test(difference)) differences.push({ name, expected: wanted, actual: found, difference });
  }
  return differences;
}

function subtractDecimals(left: string, right: string): string {
  const scale = Math.max(fractionDigits(left), fractionDigits(right));
  return formatDecimal(parseDecimal(left, scale) - parseDecimal(right, scale), scale);
}

function fractionDigits(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

/** An exact decimal as an integer of 10^-scale. Throws where it is no decimal or does not fit. */
export function parseDecimal(text: string, scale: number): bigint {
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  const fraction = found?.[3] ?? '';
  if (!found || fraction.length > scale) throw new Error(`"${text}" is not a decimal with at most ${scale} places`);
  const digits = BigInt(found[2]! + fraction.padEnd(scale, '0'));
  return found[1] === '-' ? -digits : digits;
}

export function formatDecimal(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const sign = value < 0n ? '-' : '';
  return scale === 0 ? sign + whole : `${sign}${whole}.${digits.slice(digits.length - scale)}`;
}
