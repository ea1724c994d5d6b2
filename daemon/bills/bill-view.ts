/** A bill as the API tells it, from the account's state; the same for a snapshot, a live message and a request. */
import {
  type AccountState,
  type AccountTerms,
  addDecimal,
  type Bill,
  billOf,
  billPeriodAt,
  formatQuantity,
  negatedDecimal,
  postedTotal,
  roundToMinor,
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

/** Without the totals by name, of which a message of charges tells nothing. */
export function briefBillView(inputs: Omit<BillInputs, 'shares'>): BillView {
  return viewOf(inputs, periodBill(inputs));
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
    lines: billLines(bill),
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

/** Payments less everything posted, rounded to the currency's minor unit. */
export function balanceOf(paid: string, state: AccountState, currency: string): string {
  const posted = postedTotal(state);
  return roundToMinor(addDecimal(paid, negatedDecimal(posted)), currency);
}

export function billLines(bill: Bill): BillLineView[] {
  return bill.lines.map((line) => ({
    label: line.label,
    plan: line.planId,
    quantity: line.quantity,
    baseQuantity: line.baseQuantity,
    unit: line.unit,
    amount: line.amount,
    exactAmount: line.exactAmount,
    ...correctionOf(line.primitive),
    ...(line.vendor === undefined ? {} : { vendor: line.vendor, attribution: line.attribution ?? '' }),
  }));
}

/** Open sessions that a bill or a live message shows. */
export const shownSessionsMax = 50;

export function shownSessions({ items, count }: OpenSessions): Pick<BillView, 'sessions' | 'sessionCount'> {
  return { sessions: items.slice(0, shownSessionsMax).map(openSessionView), sessionCount: count };
}

export function openSessionView({ state }: Pick<SessionRow, 'state'>): OpenSessionView {
  const use = usedBy(state);
  return {
    id: state.session,
    device: state.device,
    startedAt: new Date(state.startMs).toISOString(),
    lastEventAt: new Date(state.lastEventMs).toISOString(),
    seconds: String(use.time ?? 0n),
    octetsIn: String(use['octets-in'] ?? 0n),
    octetsOut: String(use['octets-out'] ?? 0n),
  };
}

/** What a session has used so far, by meter. */
export function usedBy({ counters }: SessionState): Record<string, bigint> {
  const readings = Object.entries(counters).map(([meter, quantity]) => ({ meter, quantity }));
  return Object.fromEntries(byMeter(readings).map(({ meter, quantity }) => [meter, quantity]));
}

/** The quantity of a charge in its line's unit. */
export function unitsOf({ line, baseQuantity }: ChargeRow): string {
  return line.kind === 'priced' ? thousandths(baseQuantity) : formatQuantity(baseQuantity, line.unit);
}

function correctionOf(primitive: string): Pick<BillLineView, 'corrects'> {
  const corrects = correctedBy(primitive);
  return corrects === null ? {} : { corrects };
}
