/**
 * The bill that a simulated Instant-IP server tells, from the records shown so far: messages of daemon/contract.ts, with
 * the record's own total and balance in them. No socket and no timer; the server asks what a viewer is missing.
 *
 * A bill begins again with the first record of another currency, or of another month whose total is its charge alone.
 */

import { type InstantIpRecord, printMoment, printThousandths } from '../../collectors/index.ts';
import type {
  BillLineView,
  BillView,
  ChargeView,
  LiveCharge,
  LiveMessage,
  NamedAmount,
  Page,
} from '../../daemon/contract.ts';

/** The one account of the server. */
export const simulatedAccount = 'instant-ip';

export const feedLimits = {
  /** A viewer further behind gets a fresh bill. */
  chargesMax: 100,
  /** In a bill, for a display that comes later. */
  recentMax: 20,
  /** Different lines, attributions and vendors; what comes after them is added to the last line, or not told. */
  namesMax: 500,
} as const;

interface Line {
  readonly label: string;
  readonly unit: string;
  units: bigint;
  amount: bigint;
}

type Totals = Map<string, bigint>;

export class InstantIpFeed {
  readonly #name: string;
  readonly #history: LiveCharge[] = [];
  #seq = 0;
  /** Number of the last charge before this bill: a viewer that is not past it needs the bill. */
  #beganAfterSeq = 0;
  #currency = 'USD';
  #month: string;
  #total = 0n;
  #balance = 0n;
  #lines = new Map<string, Line>();
  #attributions: Totals = new Map();
  #vendors: Totals = new Map();

  /** `first` is what the file begins with, so that the bill before it has its currency and amounts. */
  constructor(name: string, first: InstantIpRecord | null, nowMs: number) {
    this.#name = name;
    this.#month = monthOf(first?.dateTimeMs ?? nowMs);
    if (first !== null) this.#begin(first);
  }

  get seq(): number {
    return this.#seq;
  }

  add(record: InstantIpRecord): void {
    const { chargeThousandths: charge, totalToDateThousandths: total, currency } = record;
    const month = monthOf(record.dateTimeMs);
    const begins = currency !== this.#currency || (month !== this.#month && total === charge);
    if (begins) {
      this.#begin(record);
      this.#beganAfterSeq = this.#seq;
    }
    this.#seq++;
    this.#total = total;
    this.#balance = record.balanceRemainingThousandths;
    this.#addToLine(record);
    addTo(this.#attributions, record.usageAttribution, charge);
    addTo(this.#vendors, record.vendor, charge);
    this.#history.push(liveCharge(this.#seq, record));
    if (this.#history.length > feedLimits.chargesMax * 2) this.#history.splice(0, feedLimits.chargesMax);
  }

  bill(nowMs: number): BillView {
    const names = [this.#attributions, this.#vendors];
    const whole = names.every((totals) => totals.size <= feedLimits.namesMax);
    return {
      account: simulatedAccount,
      name: this.#name,
      currency: this.#currency,
      timezone: 'UTC',
      period: { from: `${this.#month}-01`, to: `${monthAfter(this.#month)}-01` },
      total: printThousandths(this.#total),
      balance: printThousandths(this.#balance),
      prepaid: true,
      asOf: new Date(nowMs).toISOString(),
      asOfMs: nowMs,
      seq: this.#seq,
      lines: this.#lineViews(),
      allowances: [],
      sessions: [],
      sessionCount: 0,
      recent: this.#history.slice(-feedLimits.recentMax),
      ...(whole ? { totals: { attributions: namedAmounts(names[0]!), vendors: namedAmounts(names[1]!) } } : {}),
    };
  }

  /** What a viewer at `seq` is missing: charges, or a bill when that is too much; null is one that knows nothing yet. */
  since(seq: number | null, nowMs: number): LiveMessage {
    const missing = seq === null ? Number.POSITIVE_INFINITY : this.#seq - seq;
    const known = missing >= 0 && missing <= Math.min(feedLimits.chargesMax, this.#history.length);
    if (seq === null || !known || (seq <= this.#beganAfterSeq && this.#beganAfterSeq > 0)) {
      return { type: 'bill', bill: this.bill(nowMs) };
    }
    return {
      type: 'charges',
      account: simulatedAccount,
      fromSeq: seq,
      seq: this.#seq,
      total: printThousandths(this.#total),
      balance: printThousandths(this.#balance),
      asOfMs: nowMs,
      lines: this.#lineViews(),
      allowances: [],
      sessions: [],
      sessionCount: 0,
      charges: missing === 0 ? [] : this.#history.slice(-missing),
    };
  }

  /** The charges still known, newest first. */
  charges(): Page<ChargeView> {
    const none = { plan: '', version: 0, primitive: '', kind: 'priced', usage: null } as const;
    const items = this.#history.map(({ seq, at, usage, charge }) => {
      const month = at.slice(0, 7);
      const period = { from: `${month}-01`, to: `${monthAfter(month)}-01` };
      const { description: label, units: quantity, ...others } = usage;
      return { ...none, ...others, seq, label, amount: charge, quantity, period, at };
    });
    return { items: items.reverse(), next: null };
  }

  #begin(record: InstantIpRecord): void {
    this.#currency = record.currency;
    this.#month = monthOf(record.dateTimeMs);
    this.#total = record.totalToDateThousandths - record.chargeThousandths;
    this.#balance = record.balanceRemainingThousandths + record.chargeThousandths;
    this.#lines = new Map();
    this.#attributions = new Map();
    this.#vendors = new Map();
  }

  #addToLine(record: InstantIpRecord): void {
    const { usageDescription: label, unitOfMeasure: unit, unitsThousandths, chargeThousandths } = record;
    const key = JSON.stringify([label, unit]);
    let line = this.#lines.get(key);
    if (line === undefined) {
      if (this.#lines.size >= feedLimits.namesMax) return;
      line = { label, unit, units: 0n, amount: 0n };
      this.#lines.set(key, line);
    }
    line.units += unitsThousandths;
    line.amount += chargeThousandths;
  }

  /** Their sum is the total: what no record here explains is on a line of its own. */
  #lineViews(): BillLineView[] {
    const lines = [...this.#lines.values()];
    const views = lines.map((line) => lineView(line));
    const unexplained = this.#total - lines.reduce((sum, { amount }) => sum + amount, 0n);
    if (unexplained === 0n) return views;
    return [lineView({ label: 'Other charges', unit: '', units: 0n, amount: unexplained }), ...views];
  }
}

function liveCharge(seq: number, record: InstantIpRecord): LiveCharge {
  return {
    seq,
    at: new Date(record.dateTimeMs).toISOString(),
    usage: {
      description: record.usageDescription,
      additional: record.additionalUsageDescription,
      units: printThousandths(record.unitsThousandths),
      unit: record.unitOfMeasure,
      vendor: record.vendor,
      attribution: record.usageAttribution,
    },
    charge: printThousandths(record.chargeThousandths),
    currency: record.currency,
    total: printThousandths(record.totalToDateThousandths),
    balance: printThousandths(record.balanceRemainingThousandths),
  };
}

function lineView({ label, unit, units, amount }: Line): BillLineView {
  const exactAmount = printThousandths(amount);
  const quantity = printThousandths(units);
  return { label, plan: '', quantity, baseQuantity: String(units), unit, amount: exactAmount, exactAmount };
}

/** One name more than the limit is kept, as the sign that there are too many. */
function addTo(totals: Totals, name: string, amount: bigint): void {
  const known = totals.get(name);
  if (known === undefined && totals.size > feedLimits.namesMax) return;
  totals.set(name, (known ?? 0n) + amount);
}

function namedAmounts(totals: Totals): NamedAmount[] {
  return [...totals].map(([name, amount]) => ({ name, amount: printThousandths(amount) }));
}

function monthOf(atMs: number): string {
  return printMoment(atMs).slice(0, 7);
}

function monthAfter(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return monthOf(Date.UTC(year, number, 1));
}
