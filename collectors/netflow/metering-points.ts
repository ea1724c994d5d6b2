/**
 * Where a subscriber's flows are counted. Two exporters on one path, or one that watches both of its sides, see the same
 * flow twice; billed is only what the declared point sees, and what is seen elsewhere is counted as such. Without any
 * declaration every record counts.
 *
 * Points that are declared for the same subscribers must see different flows (two border routers, say): each counts.
 */

import { addressToWords } from './exporters.ts';
import type { FlowRecord } from './flow-record.ts';
import { slot } from './flow-record.ts';
import { PrefixTable } from './prefix-table.ts';
import type { FlowStream } from './stream.ts';

export interface MeteringPoint {
  /** Network prefix of the exporter's address. */
  readonly exporter: string;
  readonly domain?: number;
  /** Interfaces at which a flow was observed: where it came in, or where it went out if its direction says so. */
  readonly interfaces?: readonly number[];
  /** Element 61. Records that don't tell it match either. */
  readonly direction?: 'ingress' | 'egress';
  /** Prefixes of subscribers it meters; absent: all that no other point names. */
  readonly subscribers?: readonly string[];
}

interface CompiledPoint {
  readonly point: MeteringPoint;
  readonly exporters: PrefixTable;
  readonly interfaces: ReadonlySet<number> | null;
  readonly direction: number | null;
}

const everywhere = ['0.0.0.0/0', '::/0'];

export class MeteringPoints {
  /** Groups of points by subscriber prefix. */
  readonly #groups: CompiledPoint[][] = [];
  readonly #subscribers = new PrefixTable();
  /** For each stream's number, by group, the points of its exporter. */
  readonly #ofStream: (CompiledPoint[][] | undefined)[] = [];

  /** @throws Error for what is no network prefix */
  constructor(points: readonly MeteringPoint[]) {
    const groupOf = new Map<string, number>();
    for (const point of points) {
      const compiled = compile(point);
      for (const prefix of point.subscribers ?? everywhere) {
        let group = groupOf.get(prefix);
        if (group === undefined) {
          group = this.#groups.push([]) - 1;
          groupOf.set(prefix, group);
          this.#subscribers.addCidr(prefix, group);
        }
        this.#groups[group]!.push(compiled);
      }
    }
  }

  /** Whether this record is the one by which the subscriber with the address at `at` is billed. */
  isMetered(record: FlowRecord, at: number, family: number): boolean {
    if (this.#groups.length === 0) return true;
    const group = this.#subscribers.find(record.addresses, at, family);
    if (group < 0) return false;
    const points = this.#pointsOf(record.stream)[group]!;
    for (let index = 0; index < points.length; index++) if (observedAt(points[index]!, record)) return true;
    return false;
  }

  /** The points of a stream's exporter, by group; worked out once. */
  #pointsOf(stream: FlowStream): readonly CompiledPoint[][] {
    const known = this.#ofStream[stream.number];
    if (known !== undefined) return known;
    const points = this.#choosePoints(stream);
    this.#ofStream[stream.number] = points;
    return points;
  }

  #choosePoints({ exporter, domain }: FlowStream): CompiledPoint[][] {
    const words = new Uint32Array(4);
    const family = addressToWords(exporter, words);
    return this.#groups.map((points) =>
      points.filter(({ point, exporters }) => {
        if (point.domain !== undefined && point.domain !== domain) return false;
        return family !== 0 && exporters.find(words, 0, family) >= 0;
      }),
    );
  }
}

function compile(point: MeteringPoint): CompiledPoint {
  const exporters = new PrefixTable();
  exporters.addCidr(point.exporter, 0);
  return {
    point,
    exporters,
    interfaces: point.interfaces === undefined ? null : new Set(point.interfaces),
    direction: point.direction === undefined ? null : point.direction === 'ingress' ? 0 : 1,
  };
}

function observedAt({ interfaces, direction }: CompiledPoint, { values, hasDirection }: FlowRecord): boolean {
  if (direction !== null && hasDirection && values[slot.direction] !== direction) return false;
  if (interfaces === null) return true;
  const isEgress = hasDirection ? values[slot.direction] === 1 : direction === 1;
  return interfaces.has(values[isEgress ? slot.egressInterface : slot.ingressInterface]!);
}
