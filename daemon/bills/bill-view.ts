/** A bill as the API tells it, from the account's state; the same for a snapshot, a live message and a request. */

import { meterOfCounter } from '../../collectors/index.ts';
import {
  type AccountState,
  type AccountTerms,
  AmountSum,
  addBilled,
  addDecimal,
  type Bill,
  type BillLine,
  billOf,
  billPeriodAt,
  formatQuantity,
  minorDigits,
  negatedDecimal,
  thousandths,
} from '../../rating/index.ts';
import type { BillLineView, BillView, NamedAmount, OpenSessionView } from '../contract.ts';
import { byMeter, type SessionState } from '../mediation/session.ts';
import { type Shares, sharesOf } from '../partitions/shares.ts';
import type { Account, ChargeRow, OpenSessions, SessionRow } from '../store/store.ts';
import { correctedBy } from './corrections.ts';

export interface BillInputs {
  readonly account: Account;
  readonly terms: AccountTerms;
  readonly state: AccountState;
  readonly seq: number;
  readonly paid: string;
  readonly shares: Shares;
  readonly openSessions: OpenSessions;
  readonly nowMs: number;
  /** Any instant of the bill's period, UTC epoch ms. */
  readonly periodMs: number;
}

export function billView(inputs: BillInputs): BillView {
  const bill = periodBill(inputs);
  return { ...viewOf(inputs, bill), totals: totalsOf(inputs.shares, bill) };
}

function periodBill({ terms, state, periodMs }: Pick<BillInputs, 'terms' | 'state' | 'periodMs'>): Bill {
  return billOf(terms, state, billPeriodAt(terms.zone, terms.cycleDay, periodMs).fromMs);
}

function viewOf(inputs: Omit<BillInputs, 'shares'>, bill: Bill): BillView {
  const { account, state } = inputs;
  return {
    account: account.id,
    name: account.name,
    currency: account.currency,
    timezone: account.timezone,
    period: { from: bill.from, to: bill.to },
    total: bill.total,
    balance: balanceOf(inputs.paid, state, account.currency),
    prepaid: account.prepaid,
    asOf: new Date(inputs.nowMs).toISOString(),
    asOfMs: inputs.nowMs,
    seq: inputs.seq,
    lines: bill.lines.map(billLineView),
    allowances: bill.allowances,
    ...shownSessions(inputs.openSessions),
  };
}

/** By vendor and attribution; what is on the lines beyond those named was for nobody in particular. */
function totalsOf(shares: Shares, bill: Bill): NonNullable<BillView['totals']> {
  const { vendors, attributions } = sharesOf(shares, bill.fromMs);
  const posted = bill.lines.reduce((sum, line) => addDecimal(sum, line.exactAmount), '0');
  const withRest = (named: readonly NamedAmount[]): NamedAmount[] => {
    const rest = named.reduce((sum, { amount }) => addDecimal(sum, negatedDecimal(amount)), posted);
    return /[1-9]/.test(rest) ? [...named, { name: '', amount: rest }] : [...named];
  };
  return { vendors: withRest(vendors), attributions: withRest(attributions) };
}

/** Payments less the totals of all bills as they are shown: a balance that adds up with what people see. */
export function balanceSum(paid: string, state: AccountState, digits: number): AmountSum {
  const balance = new AmountSum(paid);
  addBilled(balance, state, digits, -1);
  return balance;
}

/** The same as text. */
export function balanceOf(paid: string, state: AccountState, currency: string): string {
  const digits = minorDigits(currency);
  return balanceSum(paid, state, digits).rounded(digits);
}

export function billLineView(line: BillLine): BillLineView {
  return {
    label: line.label,
    plan: line.planId,
    quantity: line.quantity,
    baseQuantity: line.baseQuantity,
    unit: line.unit,
    amount: line.amount,
    exactAmount: line.exactAmount,
    ...correctionOf(line.primitive),
    ...(line.vendor === undefined ? {} : { vendor: line.vendor, attribution: line.attribution ?? '' }),
  };
}

/** Open sessions that a bill or a live message shows. */
export const shownSessionsMax = 50;

export function shownSessions({ items, count }: OpenSessions): Pick<BillView, 'sessions' | 'sessionCount'> {
  return { sessions: items.slice(0, shownSessionsMax).map(openSessionView), sessionCount: count };
}

export function openSessionView({ state }: Pick<SessionRow, 'state'>): OpenSessionView {
  return {
    id: state.session,
    device: state.device,
    startedAt: new Date(state.startMs).toISOString(),
    lastEventAt: new Date(state.lastEventMs).toISOString(),
    ...shownUse(state),
  };
}

/** What a session has used so far, of what is shown. */
export function shownUse({ counters }: SessionState): Pick<OpenSessionView, 'seconds' | 'octetsIn' | 'octetsOut'> {
  let seconds = 0n;
  let octetsIn = 0n;
  let octetsOut = 0n;
  for (const counter in counters) {
    const meter = meterOfCounter(counter);
    if (meter === 'time') seconds += counters[counter]!;
    else if (meter === 'octets-in') octetsIn += counters[counter]!;
    else if (meter === 'octets-out') octetsOut += counters[counter]!;
  }
  return { seconds: String(seconds), octetsIn: String(octetsIn), octetsOut: String(octetsOut) };
}

/** What a session has used so far, by meter. */
export function usedBy({ counters }: SessionState): Record<string, bigint> {
  const readings = Object.entries(counters).map(([meter, quantity]) => ({ meter, quantity }));
  return Object.fromEntries(byMeter(readings).map(({ meter, quantity }) => [meter, quantity]));
}

/** The quantity of a charge in its line's unit. */
export function unitsOf({ line, baseQuantity }: Pick<ChargeRow, 'line' | 'baseQuantity'>): string {
  return line.kind === 'priced' ? thousandths(baseQuantity) : formatQuantity(baseQuantity, line.unit);
}

function correctionOf(primitive: string): Pick<BillLineView, 'corrects'> {
  const corrects = correctedBy(primitive);
  return corrects === null ? {} : { corrects };
}
