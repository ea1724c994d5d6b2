/**
 * What a page knows of one account's live bill, as a pure function of what arrived: no socket, no clock, no React.
 * The socket is in live-socket.ts.
 *
 * Charges are numbered without gaps, so the state is right when it is at the server's `seq`:
 *   - a `bill` is the whole truth and replaces what is there, unless it is older;
 *   - `charges` that begin at or before our number carry on from it; what we have already is ignored;
 *   - `charges` or a `projection` beyond our number mean that something is missing: ask for the whole bill;
 *   - silence is no proof of health: after a while ask what is missing since our number, then for the whole bill, then
 *     hang up, so that a dead connection is replaced.
 */
import type { BillView, LiveCharge, LiveMessage, LiveSubscribe, OpenSessionView } from '../daemon/contract.ts';
import { emptyTotals, type RunningTotals, totalsAfterBill, withCharges } from './running-totals.ts';

export const live = {
  /** Charges kept for the chart. */
  recentChargesMax: 500,
  noticesMax: 3,
  askAgainMs: 5_000,
  silenceAskMs: 10_000,
  silenceWholeMs: 25_000,
  silenceHangUpMs: 40_000,
} as const;

export interface Estimate {
  readonly amount: string;
  readonly sessions: readonly OpenSessionView[];
  readonly asOfMs: number;
  readonly heardAtMs: number;
}

export type Notice = Extract<LiveMessage, { type: 'notice' }>;

export interface LiveState {
  readonly account: string;
  readonly link: 'connecting' | 'open' | 'lost';
  readonly bill: BillView | null;
  /** It came by plain HTTP: without the last charges, which only a snapshot brings. */
  readonly isFetched: boolean;
  /** Oldest first. */
  readonly recent: readonly LiveCharge[];
  readonly totals: RunningTotals;
  readonly estimate: Estimate | null;
  readonly notices: readonly Notice[];
  /** When, by our clock, this connection was opened or last said something. */
  readonly heardAtMs: number;
  /** When, by our clock, we last asked for something; 0 when nothing is outstanding. */
  readonly askedAtMs: number;
  readonly wantsWhole: boolean;
  /** Our clock less the server's: the smallest seen on this connection, so that the way through the net counts as age. */
  readonly clockOffsetMs: number | null;
  /** Nothing has arrived on this connection yet: a daemon restored from a backup may then be behind us. */
  readonly untold: boolean;
}

export type LiveInput =
  | { readonly kind: 'opened'; readonly atMs: number }
  | { readonly kind: 'lost' }
  /** The bill by plain HTTP, so that there is something to see before the socket is up. */
  | { readonly kind: 'fetched'; readonly bill: BillView; readonly atMs: number }
  | { readonly kind: 'message'; readonly message: LiveMessage; readonly atMs: number }
  | { readonly kind: 'tick'; readonly atMs: number }
  | { readonly kind: 'dismissed'; readonly code: string };

export interface LiveStep {
  readonly state: LiveState;
  readonly send: LiveSubscribe | null;
  readonly hangUp: boolean;
}

export function initialLive(account: string): LiveState {
  return {
    account,
    link: 'connecting',
    bill: null,
    isFetched: false,
    recent: [],
    totals: emptyTotals,
    estimate: null,
    notices: [],
    heardAtMs: 0,
    askedAtMs: 0,
    wantsWhole: false,
    clockOffsetMs: null,
    untold: true,
  };
}

export function reduceLive(state: LiveState, input: LiveInput): LiveStep {
  switch (input.kind) {
    case 'opened': {
      const opened = { ...state, link: 'open' as const, heardAtMs: input.atMs, untold: true };
      return ask(opened, input.atMs, state.isFetched);
    }
    case 'lost':
      return step({ ...state, link: 'lost', askedAtMs: 0, wantsWhole: false });
    case 'fetched':
      return step(state.bill === null ? fetched(heard(state, input.bill.asOfMs, input.atMs), input.bill) : state);
    case 'tick':
      return tick(state, input.atMs);
    case 'dismissed':
      return step({ ...state, notices: state.notices.filter((notice) => notice.code !== input.code) });
    case 'message':
      return receive(state, input.message, input.atMs);
  }
}

function receive(state: LiveState, message: LiveMessage, atMs: number): LiveStep {
  switch (message.type) {
    case 'bill':
      return message.bill.account === state.account
        ? takeBill(heard(state, message.bill.asOfMs, atMs), message.bill)
        : step(state);
    case 'charges':
      return message.account === state.account
        ? takeCharges(heard(state, message.asOfMs, atMs), message, atMs)
        : step(state);
    case 'projection':
      return message.account === state.account
        ? takeProjection(heard(state, message.asOfMs, atMs), message, atMs)
        : step(state);
    case 'notice': {
      const others = state.notices.filter((notice) => notice.code !== message.code);
      return step({ ...state, notices: [...others, message].slice(-live.noticesMax) });
    }
    default:
      return step(state);
  }
}

function fetched(state: LiveState, bill: BillView): LiveState {
  return { ...state, bill, isFetched: true, totals: totalsAfterBill(state.totals, { had: null, bill }) };
}

function takeBill(state: LiveState, bill: BillView): LiveStep {
  const had = state.bill;
  const older = had !== null && (bill.seq < had.seq || (bill.seq === had.seq && bill.asOfMs < had.asOfMs));
  if (older && !state.untold) return step(state);
  const carriesOn = had !== null && bill.seq >= had.seq && bill.period.from === had.period.from;
  return step({
    ...state,
    bill,
    isFetched: false,
    recent: carriesOn ? state.recent : [],
    totals: totalsAfterBill(state.totals, { had, bill }),
    estimate: had?.seq === bill.seq ? state.estimate : null,
    askedAtMs: 0,
    wantsWhole: false,
    untold: false,
  });
}

function takeCharges(state: LiveState, message: Extract<LiveMessage, { type: 'charges' }>, atMs: number): LiveStep {
  const { bill } = state;
  if (bill === null || message.fromSeq > bill.seq) return missing(state, atMs);
  const older = message.seq < bill.seq || (message.seq === bill.seq && message.asOfMs <= bill.asOfMs);
  const askedAtMs = state.wantsWhole ? state.askedAtMs : 0;
  if (older) return step({ ...state, askedAtMs, untold: false });
  const { seq, total, balance, asOfMs, lines, allowances, sessions, sessionCount } = message;
  const asOf = new Date(asOfMs).toISOString();
  const news = message.charges.filter((charge) => charge.seq > bill.seq);
  return step({
    ...state,
    bill: { ...bill, seq, total, balance, asOf, asOfMs, lines, allowances, sessions, sessionCount },
    recent: news.length === 0 ? state.recent : [...state.recent, ...news].slice(-live.recentChargesMax),
    totals: withCharges(state.totals, news),
    // An estimate that builds on an earlier number would count the new charges twice.
    estimate: seq === bill.seq ? state.estimate : null,
    askedAtMs,
    untold: false,
  });
}

function takeProjection(
  state: LiveState,
  message: Extract<LiveMessage, { type: 'projection' }>,
  atMs: number,
): LiveStep {
  if (state.bill === null || message.seq > state.bill.seq) return missing(state, atMs);
  const older = message.seq < state.bill.seq || message.asOfMs < (state.estimate?.asOfMs ?? 0);
  if (older) return step(state);
  const { amount, sessions, asOfMs } = message;
  return step({ ...state, estimate: { amount, sessions, asOfMs, heardAtMs: atMs } });
}

function tick(state: LiveState, atMs: number): LiveStep {
  if (state.link !== 'open') return step(state);
  const silentMs = atMs - state.heardAtMs;
  if (silentMs >= live.silenceHangUpMs) return { ...step(state), hangUp: true };
  const asked = state.askedAtMs !== 0;
  if (asked && atMs - state.askedAtMs < live.askAgainMs) return step(state);
  if (asked || silentMs >= live.silenceAskMs) return ask(state, atMs, silentMs >= live.silenceWholeMs);
  return step(state);
}

function missing(state: LiveState, atMs: number): LiveStep {
  return state.wantsWhole ? step(state) : ask(state, atMs, true);
}

function ask(state: LiveState, atMs: number, whole: boolean): LiveStep {
  const wantsWhole = whole || state.wantsWhole || state.bill === null;
  const send =
    wantsWhole || state.bill === null
      ? { subscribe: state.account }
      : { subscribe: state.account, since: state.bill.seq };
  return { state: { ...state, wantsWhole, askedAtMs: atMs }, send, hangUp: false };
}

/** A new connection's first word replaces the offset of the one before: a clock may have been put right meanwhile. */
function heard(state: LiveState, asOfMs: number, atMs: number): LiveState {
  const offsetMs = atMs - asOfMs;
  const known = state.untold ? null : state.clockOffsetMs;
  const clockOffsetMs = known === null ? offsetMs : Math.min(known, offsetMs);
  return { ...state, heardAtMs: atMs, clockOffsetMs };
}

function step(state: LiveState): LiveStep {
  return { state, send: null, hangUp: false };
}
