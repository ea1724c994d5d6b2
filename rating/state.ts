/**
 * What rating remembers of one account, from one record to the next: running totals per period, what has been posted
 * of them, and the lines of open and lately closed bills. How it is stored: state-codec.ts.
 */

import type { Bins } from './bins.ts';
import type { Frame } from './frame.ts';
import type { Whole } from './money.ts';

/** Running total of one node in one period. */
export interface Accumulator {
  /** Start of the period, UTC epoch ms. */
  readonly fromMs: number;
  /** Base units so far; of a recurring charge the days paid. */
  total: Whole;
  /** What has been posted of it by `version`, at that version's scale. */
  posted: Whole;
  /** Exact sum over chargeable events, at the step table's denominator; only with per="event". */
  sum: Whole;
  version: number;
  /** Tells apart several of one node and period: a tax, a line, a prefix. */
  readonly name: string | undefined;
  /** Scale and rate that `posted` is at, where the rate can change under one version. */
  rate: string | undefined;
  /** Use by bins of the period, where its name says of what. */
  bins: Bins | undefined;
}

/** A running total of nothing. They are all made here: objects of one shape are read and written twice as fast. */
export function newAccumulator(fromMs: number, version: number, name?: string, rate?: string): Accumulator {
  return { fromMs, total: 0, posted: 0, sum: 0, version, name, rate, bins: undefined };
}

/** Base units of a chargeable event so far, and its last instant. */
export interface OpenOccasion {
  total: Whole;
  lastMs: number;
}

/** Everything remembered of one primitive of one plan; a new version's primitive of the same id and type goes on. */
export interface NodeMemory {
  readonly key: string;
  accumulators: readonly Accumulator[];
  /** By key of the event; null while there is none, as of most primitives. */
  occasions: Map<string, OpenOccasion> | null;
}

/** Of a primitive that nothing is known of. */
export function newMemory(key: string): NodeMemory {
  return { key, accumulators: [], occasions: null };
}

export function keepAccumulator(memory: NodeMemory, accumulator: Accumulator): void {
  memory.accumulators = withOne(memory.accumulators, accumulator);
}

/** Base units of a chargeable event so far. */
export function totalOfOccasion(memory: NodeMemory, key: string): Whole {
  return memory.occasions?.get(key)?.total ?? 0;
}

export function keepOccasion(memory: NodeMemory, key: string, occasion: OpenOccasion): void {
  memory.occasions ??= new Map();
  memory.occasions.set(key, occasion);
}

/**
 * A list that is longer by one, and no longer: where one is pushed to, V8 makes room for sixteen more. Of the lists of
 * tens of thousands of accounts most have one or two elements.
 */
export function withOne<T>(list: readonly T[], one: T): T[] {
  return list.concat([one]);
}

/** Whose service priced use was, and for whom; at most as long as the fields of REQUIREMENTS I1, without tabs. */
export interface PricedLine {
  readonly vendor: string;
  readonly attribution: string;
}

export interface LineTotal {
  readonly planId: string;
  readonly version: number;
  /** Primitive id. */
  readonly primitive: string;
  /** Document order of the primitive. */
  readonly place: number;
  readonly scale: number;
  /** Start of the closed bill that late use belongs to, or null. */
  readonly adjustsMs: number | null;
  /** Its own label, where the primitive makes several lines or the charge came priced from elsewhere. */
  readonly label: string | null;
  /** Unit of a charge that came priced from elsewhere. */
  readonly unit: string | null;
  amount: Whole;
  quantity: Whole;
  /** Posted when the bill was closed. */
  rounding: Whole;
  /** Of use that came with its price: `planId` and `primitive` are empty, `quantity` is thousandths of the unit. */
  readonly priced: PricedLine | undefined;
}

/** What tells a line from others of the same bill. */
export type LineName = Pick<LineTotal, 'planId' | 'version' | 'primitive' | 'place' | 'scale' | 'label' | 'unit'>;

/** A line with nothing on it; all are made here, for the same reason. */
export function newLine(name: LineName, adjustsMs: number | null, priced?: PricedLine): LineTotal {
  const { planId, version, primitive, place, scale, label, unit } = name;
  return {
    planId,
    version,
    primitive,
    place,
    scale,
    adjustsMs,
    label,
    unit,
    amount: 0,
    quantity: 0,
    rounding: 0,
    priced,
  };
}

export interface BillTotals {
  readonly fromMs: number;
  closed: boolean;
  lines: readonly LineTotal[];
}

export interface AccountState {
  /** Start of the first use or instant of the first tick, whichever is earlier. */
  sinceMs: number | null;
  /** Sum of what was on bills no longer kept here. */
  archived: string;
  /** Bills that began at or before this and are not in `bills` are closed. */
  archivedThroughMs: number | null;
  /** Use before this is refused: its running totals are gone. */
  floorMs: number | null;
  /** By plan id, then by key of the primitive. */
  plans: Map<string, Map<string, NodeMemory>>;
  /** In order of time. */
  bills: readonly BillTotals[];
  /** What was last at hand; never encoded. */
  frame: Frame | null;
}

/** State of an account nothing has been charged to. */
export function newAccountState(): AccountState {
  return {
    sinceMs: null,
    archived: '0',
    archivedThroughMs: null,
    floorMs: null,
    plans: new Map(),
    bills: [],
    frame: null,
  };
}

/** An independent copy, for projections. */
export function copyState(state: AccountState): AccountState {
  const plans = new Map<string, Map<string, NodeMemory>>();
  for (const [planId, memories] of state.plans) {
    const copies = new Map<string, NodeMemory>();
    for (const [key, memory] of memories) {
      let occasions: NodeMemory['occasions'] = null;
      if (memory.occasions !== null) {
        occasions = new Map();
        for (const [name, occasion] of memory.occasions) occasions.set(name, { ...occasion });
      }
      copies.set(key, {
        key,
        accumulators: memory.accumulators.map((a) => (a.bins ? { ...a, bins: a.bins.copy() } : { ...a })),
        occasions,
      });
    }
    plans.set(planId, copies);
  }
  const bills = state.bills.map((bill) => ({ ...bill, lines: bill.lines.map((line) => ({ ...line })) }));
  return { ...state, plans, bills, frame: null };
}
