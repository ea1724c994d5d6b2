/** Account states as they were stored until version 2 (state-codec.ts): compact JSON, bigints as strings. Read only. */

import { Bins } from './bins.ts';
import type { Whole } from './money.ts';
import {
  type AccountState,
  type LineTotal,
  type NodeMemory,
  newAccumulator,
  newLine,
  type PricedLine,
} from './state.ts';

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

function pricedNamed(name: string): PricedLine {
  const [vendor = '', attribution = ''] = name.split('\t');
  return { vendor, attribution };
}

/** The state of that text. @throws Error if it is of another version */
export function stateOfText(text: string): AccountState {
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
    occasions:
      occasions === undefined || occasions.length === 0
        ? null
        : new Map(occasions.map(([name, total, lastMs]) => [name, { total: unpack(total), lastMs }])),
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
