/**
 * What rating remembers of one account, from one record to the next: running totals per period, what has been posted
 * of them, and the lines of open and lately closed bills. Encoded as compact JSON; bigints as strings.
 */

import { Bins } from './bins.ts';
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
  readonly accumulators: Accumulator[];
  readonly occasions: Map<string, OpenOccasion>;
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
  readonly lines: LineTotal[];
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
  bills: BillTotals[];
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
      const occasions = new Map<string, OpenOccasion>();
      for (const [name, occasion] of memory.occasions) occasions.set(name, { ...occasion });
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

type EncodedWhole = number | string;
type EncodedAccumulator = [number, EncodedWhole, EncodedWhole, number, EncodedWhole?, string?, string?, string?];
type EncodedMemory = [string, EncodedAccumulator[], [string, EncodedWhole, number][]?];
/** Plan id, version, scale, primitive id, its place, own label, own unit: what lines of every bill have in common. */
type EncodedSource = [string, number, number, string, number, (string | null)?, (string | null)?];
type EncodedLine = [number, EncodedWhole, EncodedWhole, EncodedWhole?, number?];
interface EncodedState {
  v: 1;
  /** Starts of periods, in seconds: others name them by their place here. */
  i: number[];
  s: number | null;
  a: string;
  t: number | null;
  f: number | null;
  p: [string, EncodedMemory[]][];
  /** What lines name by its place here. */
  r: EncodedSource[];
  b: [number, 0 | 1, EncodedLine[]][];
}

const unpack = (n: EncodedWhole): Whole => (typeof n === 'number' ? n : BigInt(n));

/**
 * The state as text; below 1,024 characters for the plan of Fig 6B. It is the JSON of an `EncodedState`, put together
 * by hand because every touched account is encoded in each step of rating, and building lists for JSON.stringify takes
 * half as long again.
 */
export function encodeState(state: AccountState): string {
  const sources = new Sources();
  const starts: number[] = [];
  let plans = '';
  for (const [planId, memories] of state.plans) {
    let list = '';
    for (const memory of memories.values()) list += `${comma(list)}${encodeMemory(memory, starts)}`;
    plans += `${comma(plans)}[${quoted(planId)},[${list}]]`;
  }
  let bills = '';
  for (const bill of state.bills) {
    let list = '';
    for (const line of bill.lines) list += `${comma(list)}${encodeLine(line, sources)}`;
    bills += `${comma(bills)}[${placeOf(bill.fromMs, starts)},${bill.closed ? 1 : 0},[${list}]]`;
  }
  const { sinceMs, archived, archivedThroughMs, floorMs } = state;
  const head = `{"v":1,"i":[${starts.join()}],"s":${sinceMs},"a":"${archived}","t":${archivedThroughMs},"f":${floorMs}`;
  return `${head},"p":[${plans}],"r":[${sources.text}],"b":[${bills}]}`;
}

const comma = (list: string): string => (list === '' ? '' : ',');
const whole = (n: Whole): string => (typeof n === 'number' ? String(n) : `"${n}"`);
/** Names are mostly of characters that JSON leaves as they are. */
const quoted = (text: string): string => (/^[\w .:/#|-]*$/.test(text) ? `"${text}"` : JSON.stringify(text));

/** Place of the start of a period, which is always a whole second. */
function placeOf(fromMs: number, starts: number[]): number {
  const place = starts.indexOf(fromMs / 1000);
  return place < 0 ? starts.push(fromMs / 1000) - 1 : place;
}

/** An `EncodedMemory`. */
function encodeMemory(memory: NodeMemory, starts: number[]): string {
  let accumulators = '';
  for (const a of memory.accumulators) {
    accumulators += `${comma(accumulators)}[${placeOf(a.fromMs, starts)},${whole(a.total)},${whole(a.posted)},${a.version}`;
    if (a.sum !== 0 || a.name !== undefined) accumulators += `,${whole(a.sum)}`;
    if (a.name !== undefined) accumulators += `,${quoted(a.name)}`;
    if (a.rate !== undefined || a.bins) accumulators += `,${quoted(a.rate ?? '')}`;
    if (a.bins) accumulators += `,"${a.bins.encode()}"`;
    accumulators += ']';
  }
  if (memory.occasions.size === 0) return `[${quoted(memory.key)},[${accumulators}]]`;
  let occasions = '';
  for (const [name, o] of memory.occasions) {
    occasions += `${comma(occasions)}[${quoted(name)},${whole(o.total)},${o.lastMs}]`;
  }
  return `[${quoted(memory.key)},[${accumulators}],[${occasions}]]`;
}

/** What lines of a state have in common, each but once, as the text of `EncodedSource`s. */
class Sources {
  text = '';
  readonly #lines: LineTotal[] = [];

  placeOf(line: LineTotal): number {
    for (let place = 0; place < this.#lines.length; place++) if (sameSource(this.#lines[place]!, line)) return place;
    const { planId, version, scale, place, label, unit } = line;
    this.text += `${comma(this.text)}[${quoted(planId)},${version},${scale},${quoted(nameOf(line))},${place}`;
    if (label !== null) this.text += `,${quoted(label)}`;
    if (label !== null && unit !== null) this.text += `,${quoted(unit)}`;
    this.text += ']';
    return this.#lines.push(line) - 1;
  }
}

function sameSource(a: LineTotal, b: LineTotal): boolean {
  return (
    a.planId === b.planId &&
    a.version === b.version &&
    a.scale === b.scale &&
    a.label === b.label &&
    a.unit === b.unit &&
    nameOf(a) === nameOf(b)
  );
}

const nameOf = (line: LineTotal): string => (line.priced ? pricedName(line.priced) : line.primitive);

/** An `EncodedLine`. */
function encodeLine(line: LineTotal, sources: Sources): string {
  const { rounding, adjustsMs } = line;
  const head = `[${sources.placeOf(line)},${whole(line.amount)},${whole(line.quantity)}`;
  if (adjustsMs !== null) return `${head},${whole(rounding)},${adjustsMs}]`;
  return rounding === 0 ? `${head}]` : `${head},${whole(rounding)}]`;
}

/** A priced line stands among the primitives under the empty plan, named by vendor and attribution. */
function pricedName({ vendor, attribution }: PricedLine): string {
  return `${vendor}\t${attribution}`;
}

function pricedNamed(name: string): PricedLine {
  const [vendor = '', attribution = ''] = name.split('\t');
  return { vendor, attribution };
}

/** The state of that text. @throws Error if it was not written by `encodeState` */
export function decodeState(text: string): AccountState {
  const encoded = JSON.parse(text) as EncodedState;
  if (encoded.v !== 1) throw new Error(`account state of unknown version ${String(encoded.v)}`);
  const plans = new Map<string, Map<string, NodeMemory>>();
  for (const [planId, memories] of encoded.p) {
    plans.set(planId, new Map(memories.map((memory) => [memory[0], decodeMemory(memory, encoded.i)])));
  }
  const bills = encoded.b.map(([start, closed, lines]) => ({
    fromMs: encoded.i[start]! * 1000,
    closed: closed === 1,
    lines: lines.map((line) => decodeLine(line, encoded.r)),
  }));
  return {
    sinceMs: encoded.s,
    archived: encoded.a,
    archivedThroughMs: encoded.t,
    floorMs: encoded.f,
    plans,
    bills,
    frame: null,
  };
}

function decodeMemory([key, accumulators, occasions]: EncodedMemory, starts: readonly number[]): NodeMemory {
  return {
    key,
    accumulators: accumulators.map(([start, total, posted, version, sum, name, rate, bins]) => {
      const accumulator = newAccumulator(starts[start]! * 1000, version, name, bins === undefined ? rate : undefined);
      accumulator.total = unpack(total);
      accumulator.posted = unpack(posted);
      accumulator.sum = unpack(sum ?? 0);
      if (bins !== undefined) accumulator.bins = Bins.decode(bins);
      return accumulator;
    }),
    occasions: new Map((occasions ?? []).map(([name, total, lastMs]) => [name, { total: unpack(total), lastMs }])),
  };
}

function decodeLine(
  [source, amount, quantity, rounding, adjustsMs]: EncodedLine,
  sources: readonly EncodedSource[],
): LineTotal {
  const [planId, version, scale, name, place, label = null, unit = null] = sources[source]!;
  const priced = planId === '';
  const line = newLine(
    { planId, version, primitive: priced ? '' : name, place, scale, label, unit },
    adjustsMs ?? null,
    priced ? pricedNamed(name) : undefined,
  );
  line.amount = unpack(amount);
  line.quantity = unpack(quantity);
  line.rounding = unpack(rounding ?? 0);
  return line;
}
