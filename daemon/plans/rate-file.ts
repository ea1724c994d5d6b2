/** A run of one plan over known use: what each record and each bill come to (DESIGN §5, REQUIREMENTS P34). */

import {
  type AccountFacts,
  type AccountTerms,
  addDecimal,
  billOf,
  billPeriodAt,
  formatQuantity,
  fromScaled,
  newAccountState,
  type RatedCharge,
  type Rater,
  rateTick,
  rateTickUntil,
  rateUsage,
  type TraceEntry,
  zoneNamed,
} from '../../rating/index.ts';
import { type UsageLine, UsageLineError } from './usage-lines.ts';

export interface RunOptions {
  readonly zone: string;
  readonly cycleDay: number;
  /** Given explicitly, the account joins or leaves there and recurring charges are prorated. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** Filled by the rater while it rates, if it traces. */
  readonly traced?: TraceEntry[];
  /** Tables, and what they are asked about the account. */
  readonly facts?: AccountFacts;
}

interface ShownLine {
  readonly label: string;
  readonly amount: string;
  readonly quantity: string;
  readonly unit: string;
  /** Of a charge to another account, which is on no bill here. */
  readonly account?: string;
}

export interface RunResult {
  readonly currency: string;
  readonly records: {
    n: number;
    /** Without what goes to other accounts. */
    amount: string;
    lines: ShownLine[];
    /** Limits of UseMonitors that it went beyond. */
    flags?: string[];
    trace?: string[];
  }[];
  readonly bills: { from: string; to: string; total: string; lines: ShownLine[] }[];
}

/** Rates all lines in their order, then what time brings until the end. @throws UsageLineError for use that is refused */
export function runPlan(rater: Rater, lines: readonly UsageLine[], options: RunOptions): RunResult {
  const { plan } = rater;
  const everMs = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
  const terms: AccountTerms = {
    ...options.facts,
    currency: rater.layout.currency,
    zone: options.zone,
    cycleDay: options.cycleDay,
    segments: [{ planId: plan.id, version: 1, ...everMs, rater }],
    ...(options.fromMs === undefined ? {} : { joinedAtMs: options.fromMs }),
    ...(options.untilMs === undefined ? {} : { leftAtMs: options.untilMs }),
  };
  const { currency } = terms;
  const span = spanOf(lines, options);
  const state = newAccountState();
  const records = lines.map(({ line, event }, i) => {
    const result = rateUsage(terms, state, event);
    if (!result.ok) throw new UsageLineError(line, `${result.reason}: ${result.detail}`);
    const trace = options.traced?.splice(0).map((entry) => traceLine(rater, options.zone, entry));
    const flags = result.flags?.map(({ label, used, limit, unit }) => `${label}: ${used} of ${limit} ${unit}`);
    return {
      n: i + 1,
      ...recordOf(result.charges, plan.scale),
      ...(flags ? { flags } : {}),
      ...(trace ? { trace } : {}),
    };
  });
  if (!span) return { currency, records, bills: [] };
  if (lines.length === 0) rateTick(terms, state, span.fromMs);
  rateTickUntil(terms, state, span.untilMs, span.untilMs);

  const starts = new Set(state.bills.map((bill) => bill.fromMs));
  for (let atMs = span.fromMs; atMs < span.untilMs; ) {
    const period = billPeriodAt(options.zone, options.cycleDay, atMs);
    starts.add(period.fromMs);
    atMs = period.toMs;
  }
  const bills = [...starts]
    .sort((a, b) => a - b)
    .map((fromMs) => {
      const bill = billOf(terms, state, fromMs);
      const shown = bill.lines.map(({ label, quantity, unit, amount }) => ({ label, quantity, unit, amount }));
      return { from: bill.from, to: bill.to, total: bill.total, lines: shown };
    });
  return { currency, records, bills };
}

/** A step of a trace: the part of the record it is about, the primitive, and what it did. */
function traceLine({ plan }: Rater, zone: string, { node, fromMs, toMs, text }: TraceEntry): string {
  const from = localTime(zone, fromMs);
  const part = fromMs === toMs ? from : `${from} to ${localTime(zone, toMs)}`;
  return `${part}  ${plan.nodes[node]!.label}: ${text}`;
}

function localTime(zone: string, atMs: number): string {
  return new Date(atMs + zoneNamed(zone).offsetAt(atMs)).toISOString().slice(0, 19).replace('T', ' ');
}

function recordOf(charges: readonly RatedCharge[], scale: number): { amount: string; lines: ShownLine[] } {
  return {
    amount: charges.reduce(
      (sum, charge) => (charge.account === undefined ? addDecimal(sum, charge.amount) : sum),
      fromScaled(0, scale),
    ),
    lines: charges.map(({ label, amount, baseQuantity, unit, account }) => ({
      label,
      amount,
      quantity: formatQuantity(baseQuantity, unit),
      unit,
      ...(account === undefined ? {} : { account }),
    })),
  };
}

/** From the start of the bill period of the first use to the end of that of the last, unless told otherwise. */
function spanOf(
  lines: readonly UsageLine[],
  { zone, cycleDay, fromMs, untilMs }: RunOptions,
): { fromMs: number; untilMs: number } | null {
  const firstMs = lines.reduce((least, { event }) => Math.min(least, event.startMs), Number.POSITIVE_INFINITY);
  // A record that ends with a period does not reach into the next.
  const lastMs = lines.reduce(
    (most, { event }) => Math.max(most, event.startMs, event.endMs - 1),
    Number.NEGATIVE_INFINITY,
  );
  if (lines.length === 0 && fromMs === undefined) return null;
  const from = fromMs ?? billPeriodAt(zone, cycleDay, firstMs).fromMs;
  return { fromMs: from, untilMs: untilMs ?? billPeriodAt(zone, cycleDay, Math.max(lastMs, from)).toMs };
}
