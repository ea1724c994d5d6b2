/**
 * Log entries as text: one JSON array a batch, with its format's version first. Version 1, which is still read, packed
 * each entry in a list of its own; version 2 does so only with what flat-entries.ts has no place for.
 */
import type { PricedUsage, Subject, UsageRecord } from '../../collectors/index.ts';
import type { Posting } from '../../rating/index.ts';
import { type FlatEntries, flatten, unflatten } from './flat-entries.ts';
import type { LogEntry } from './usage-log.ts';

const formatVersion = 2;

type PackedRecord = [
  key: string,
  status: UsageRecord['status'],
  subjects: (readonly [Subject['kind'], string] | readonly [Subject['kind'], string, string])[],
  readings: (readonly [string, string])[],
  flags: number,
  startMs: number,
  endMs: number,
  collector: string,
  device: string,
  session: string | 0,
  attributes: Readonly<Record<string, string>> | 0,
  priced?: PackedPrice,
];
type PackedPrice = [
  description: string,
  additional: string,
  units: string,
  unit: string,
  vendor: string,
  charge: string,
  currency: string,
  attribution: string,
];
type PackedPosting = Omit<Posting, 'baseQuantity'> & { readonly baseQuantity: string };
type PackedEntry =
  | ['u', number, PackedRecord]
  | ['t', number, number]
  | ['c', number, number]
  | ['p', number, string, PackedPosting]
  | ['s', number, string, number, number];

const flagCumulative = 1;
const flagStartKnown = 2;
const flagWide = 4;
const flagTimedByArrival = 8;

export function encodeEntries(entries: readonly LogEntry[]): string {
  return JSON.stringify([formatVersion, flatten(entries, packEntry)]);
}

/** Reads what `encodeEntries` wrote. Throws on another format: a log that can't be read must not be skipped. */
export function decodeEntries(text: string): LogEntry[] {
  const parsed = JSON.parse(text) as [1, PackedEntry[]] | [2, FlatEntries<PackedEntry>];
  if (parsed[0] === 1) return parsed[1].map(unpackEntry);
  if (parsed[0] === formatVersion) return unflatten(parsed[1], unpackEntry);
  throw new Error(`usage log batch has format ${parsed[0]}, expected 1 or ${formatVersion}`);
}

export function encodeRecord(record: UsageRecord): string {
  return JSON.stringify(packRecord(record));
}

export function decodeRecord(text: string): UsageRecord {
  return unpackRecord(JSON.parse(text) as PackedRecord);
}

function packEntry(entry: LogEntry): PackedEntry {
  switch (entry.kind) {
    case 'usage':
      return ['u', entry.account, packRecord(entry.record)];
    case 'posting': {
      const { posting } = entry;
      return ['p', entry.account, entry.key, { ...posting, baseQuantity: String(posting.baseQuantity) }];
    }
    case 'tick':
      return ['t', entry.account, entry.atMs];
    case 'close':
      return ['c', entry.account, entry.periodFromMs];
    case 'silence':
      return ['s', entry.account, entry.session, entry.lastHeardMs, entry.atMs];
  }
}

function unpackEntry(packed: PackedEntry): LogEntry {
  switch (packed[0]) {
    case 'u':
      return { kind: 'usage', account: packed[1], record: unpackRecord(packed[2]) };
    case 'p': {
      const posting = { ...packed[3], baseQuantity: BigInt(packed[3].baseQuantity) };
      return { kind: 'posting', account: packed[1], key: packed[2], posting };
    }
    case 't':
      return { kind: 'tick', account: packed[1], atMs: packed[2] };
    case 'c':
      return { kind: 'close', account: packed[1], periodFromMs: packed[2] };
    case 's':
      return { kind: 'silence', account: packed[1], session: packed[2], lastHeardMs: packed[3], atMs: packed[4] };
  }
}

function packRecord(record: UsageRecord): PackedRecord {
  const { source } = record;
  const packed: PackedRecord = [
    record.key,
    record.status,
    record.subjects.map((s) => (s.provider === undefined ? [s.kind, s.value] : [s.kind, s.value, s.provider])),
    record.readings.map((r) => [r.meter, r.quantity.toString()]),
    (record.cumulative ? flagCumulative : 0) |
      (record.startKnown ? flagStartKnown : 0) |
      (source.wide === true ? flagWide : 0) |
      (record.timedByArrival === true ? flagTimedByArrival : 0),
    record.startMs,
    record.endMs,
    source.collector,
    source.device,
    source.session ?? 0,
    Object.keys(record.attributes).length > 0 ? record.attributes : 0,
  ];
  if (record.priced) packed.push(packPrice(record.priced));
  return packed;
}

function packPrice(priced: PricedUsage): PackedPrice {
  const { description, additional, units, unit, vendor, charge, currency, attribution } = priced;
  return [description, additional, String(units), unit, vendor, String(charge), currency, attribution];
}

function unpackPrice(packed: PackedPrice): PricedUsage {
  const [description, additional, units, unit, vendor, charge, currency, attribution] = packed;
  return { description, additional, units: BigInt(units), unit, vendor, charge: BigInt(charge), currency, attribution };
}

function unpackRecord(packed: PackedRecord): UsageRecord {
  const [key, status, subjects, readings, flags, startMs, endMs, collector, device, session, attributes, priced] =
    packed;
  return {
    key,
    status,
    subjects: subjects.map(([kind, value, provider]) => ({
      kind,
      value,
      ...(provider === undefined ? {} : { provider }),
    })),
    readings: readings.map(([meter, quantity]) => ({ meter, quantity: BigInt(quantity) })),
    cumulative: (flags & flagCumulative) !== 0,
    startMs,
    endMs,
    startKnown: (flags & flagStartKnown) !== 0,
    timedByArrival: (flags & flagTimedByArrival) !== 0 || undefined,
    source: {
      collector,
      device,
      ...(session === 0 ? {} : { session }),
      ...((flags & flagWide) !== 0 ? { wide: true } : {}),
    },
    attributes: attributes === 0 ? {} : attributes,
    ...(priced === undefined ? {} : { priced: unpackPrice(priced) }),
  };
}
