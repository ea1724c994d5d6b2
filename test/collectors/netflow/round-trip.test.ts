/** What a simulated exporter sent is what the collector hands on, to the octet, in every form and through every trouble. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExporterOptions } from '../../../simulator/index.ts';
import { collectFrom, exporterDefaults, flowCollector, nowMs, refusedBy } from '../../fixtures/flows.ts';

const forms: readonly (readonly [string, Partial<ExporterOptions>])[] = [
  ['v5', { format: 'v5' }],
  ['v9', {}],
  ['v9 with IPv6', { family: 6 }],
  ['v9 with both families in turn', { family: 'mix' }],
  ['v9 with absolute times', { times: 'milliseconds' }],
  ['IPFIX', { format: 'ipfix', times: 'milliseconds' }],
  ['IPFIX with IPv6', { format: 'ipfix', times: 'milliseconds', family: 6 }],
  ['IPFIX in seconds', { format: 'ipfix', times: 'seconds' }],
  ['IPFIX in NTP microseconds', { format: 'ipfix', times: 'microseconds' }],
  ['IPFIX in NTP nanoseconds', { format: 'ipfix', times: 'nanoseconds' }],
  ['IPFIX with counters of reduced size', { format: 'ipfix', times: 'milliseconds', reducedSize: true }],
  ['IPFIX with varying lengths', { format: 'ipfix', times: 'milliseconds', variable: true }],
  ['IPFIX biflows', { format: 'ipfix', times: 'milliseconds', biflow: true }],
  [
    'IPFIX biflows with varying lengths and IPv6',
    { format: 'ipfix', times: 'seconds', biflow: true, variable: true, family: 6 },
  ],
];

describe('what was sent is what arrives', () => {
  it.each(forms)('in %s', (_, options) => {
    const { exporter, sink, stream } = collectFrom(options);
    expect(sink.totals).toEqual(exporter.totals.byAddress());
    expect(stream.counts.records).toBe(exporter.totals.records);
    expect(stream.counts.octets.value).toBe(exporter.totals.octets);
    expect(refusedBy(stream)).toEqual({});
    expect(stream.sequence.counts).toMatchObject({ first: 1, gaps: 0, missing: 0, restarts: 0, duplicates: 0 });
    expect(stream.counts).toMatchObject({ timesAssumed: 0, timesMoved: 0, timesSwapped: 0, durationsCut: 0 });
  });

  it.each(forms)('at the same times, in %s', (_, options) => {
    const { sink } = collectFrom(options);
    const coarse = options.times === 'seconds' ? 1000 : 0;
    // The simulator's flows end at most 8 s before they are told and last at most 46 s.
    expect(sink.latestEndMs).toBeLessThanOrEqual(nowMs + 200);
    expect(sink.latestEndMs).toBeGreaterThan(nowMs - 1000 - coarse);
    expect(sink.earliestStartMs).toBeGreaterThanOrEqual(nowMs - 54_000 - coarse);
    expect(sink.earliestStartMs).toBeLessThan(nowMs - 40_000);
  });
});

describe('running totals', () => {
  it.each([
    ['IPFIX', { format: 'ipfix', times: 'milliseconds' }],
    ['IPFIX biflows', { format: 'ipfix', times: 'milliseconds', biflow: true }],
    ['v9', { format: 'v9', times: 'milliseconds' }],
  ] as const)('are billed by what they rose, in %s', (_, options) => {
    const { exporter, sink, collector, stream } = collectFrom({ ...options, counters: 'total', records: 3000 });
    // Flows that began before anything was known count from their first report on; what that one told is known.
    const { baselines, baselineOctets, late } = collector.totals.counts;
    expect(baselines).toBeGreaterThan(0);
    expect(late).toBe(0);
    let octets = 0n;
    for (const each of sink.totals.values()) octets += each.octetsIn + each.octetsOut;
    expect(octets + baselineOctets.value).toBe(exporter.totals.octets);
    expect(stream.counts.records).toBe(exporter.totals.records - baselines);
  });

  it('of a flow that began while it was watched count from zero', () => {
    const collector = flowCollector();
    collectFrom({ format: 'ipfix', times: 'milliseconds', counters: 'total', domain: 7, records: 1 }, collector);
    const later = { startMs: nowMs + 60_000, seed: 2, domain: 7 };
    const known = collector.totals.counts.baselines;
    const { exporter, sink } = collectFrom(
      { ...later, format: 'ipfix', times: 'milliseconds', counters: 'total' },
      collector,
    );
    expect(collector.totals.counts.baselines).toBe(known);
    expect(sink.totals).toEqual(exporter.totals.byAddress());
  });
});

describe('sampling told by the exporter', () => {
  it.each([
    ['v5 in its header', { format: 'v5' }],
    ['v9 in options', { format: 'v9' }],
    ['IPFIX in options', { format: 'ipfix', times: 'milliseconds' }],
  ] as const)('multiplies octets and packets: %s', (_, options) => {
    const { exporter, sink, stream } = collectFrom({ ...options, sampling: 1000 });
    expect(stream.counts.samplingUnknown).toBe(0);
    expect(sink.totals).toEqual(exporter.totals.byAddress());
  });

  it('is waited for where the configuration says so, and nothing is lost', () => {
    const holding = flowCollector({ sampling: { unknown: 'hold' } });
    const { exporter, sink, stream } = collectFrom({ sampling: 100, lateTemplate: 9 }, holding);
    expect(stream.counts.held).toBeGreaterThan(0);
    expect(holding.heldOctets).toBe(0);
    expect(sink.totals).toEqual(exporter.totals.byAddress());
  });
});

describe('troubles', () => {
  it('a change of the template is followed', () => {
    const { exporter, sink, stream } = collectFrom({ templateChangeEvery: 5, family: 'mix', records: 4000 });
    expect(exporter.counts.templateChanges).toBeGreaterThan(10);
    expect(stream.templates.counts.redefined).toBeGreaterThan(10);
    expect(sink.totals).toEqual(exporter.totals.byAddress());
  });

  it('data before its template waits and is decoded', () => {
    const { exporter, sink, stream, collector } = collectFrom({ lateTemplate: 12, templateEvery: 1000 });
    expect(stream.counts).toMatchObject({ held: 12, released: 12 });
    expect(collector.heldOctets).toBe(0);
    expect(sink.totals).toEqual(exporter.totals.byAddress());
  });

  it.each([
    ['v5', { format: 'v5' }],
    ['v9', { format: 'v9' }],
    ['IPFIX', { format: 'ipfix', times: 'milliseconds' }],
  ] as const)('loss, duplicates and reordering are told apart in %s', (_, options) => {
    const trouble = { loss: 0.1, duplicate: 0.1, reorder: 0.1, records: 6000, templateEvery: 1_000_000 };
    const { exporter, sink, stream } = collectFrom({ ...options, ...trouble, recordsPerDatagram: 10 });
    const { counts } = exporter;
    expect(counts.lostDatagrams).toBeGreaterThan(20);
    expect(counts.duplicatedDatagrams).toBeGreaterThan(20);
    expect(counts.reorderedDatagrams).toBeGreaterThan(20);
    expect(sink.totals).toEqual(exporter.totals.byAddress());
    expect(refusedBy(stream)).toEqual({ 'duplicate-datagram': counts.duplicatedDatagrams });
    const { missing, duplicates, restarts, late } = stream.sequence.counts;
    expect({ missing, duplicates, restarts, late }).toEqual({
      missing: options.format === 'v9' ? counts.lostDatagrams : counts.lostRecords,
      duplicates: counts.duplicatedDatagrams,
      restarts: 0,
      late: 0,
    });
  });

  it.each([
    ['v5', { format: 'v5' }],
    ['v9', {}],
  ] as const)('a restart of the exporter is no loss in %s', (_, options) => {
    const { exporter, sink, stream } = collectFrom({ ...options, restartAt: 30 });
    expect(sink.totals).toEqual(exporter.totals.byAddress());
    expect(stream.sequence.counts).toMatchObject({ restarts: 1, gaps: 0, missing: 0 });
    expect(stream.templates.counts.redefined).toBe(0);
  });

  it('a restart of an IPFIX exporter, which has no uptime, is no loss either', () => {
    const slow = { recordsPerSecond: 10, recordsPerDatagram: 15, restartAt: 30 };
    const { exporter, sink, stream } = collectFrom({ format: 'ipfix', times: 'milliseconds', ...slow });
    expect(sink.totals).toEqual(exporter.totals.byAddress());
    expect(stream.sequence.counts).toMatchObject({ restarts: 1, gaps: 0, missing: 0 });
  });
});

it('every combination of forms and troubles gives the exact totals of what was sent', () => {
  const formats = fc.constantFrom<Partial<ExporterOptions>>(
    { format: 'v5' },
    { format: 'v9' },
    { format: 'ipfix', times: 'milliseconds' },
    { format: 'ipfix', times: 'microseconds', biflow: true },
    { format: 'ipfix', times: 'seconds', variable: true },
  );
  const share = fc.constantFrom(0, 0.05, 0.3);
  fc.assert(
    fc.property(
      formats,
      fc.record({
        seed: fc.nat(),
        family: fc.constantFrom<4 | 6 | 'mix'>(4, 6, 'mix'),
        ...{ loss: share, duplicate: share, reorder: share },
        ...{ sampling: fc.constantFrom(1, 7), reducedSize: fc.boolean() },
        ...{ templateEvery: fc.integer({ min: 1, max: 9 }), templateChangeEvery: fc.constantFrom(0, 0, 6) },
        recordsPerDatagram: fc.integer({ min: 1, max: 40 }),
      }),
      (format, rest) => {
        const family = format.format === 'v5' ? 4 : rest.family;
        // A template change whose datagram is lost or overtaken garbles what follows: no collector can know.
        const templateChangeEvery = rest.loss + rest.reorder > 0 ? 0 : rest.templateChangeEvery;
        const options = { ...exporterDefaults, ...format, ...rest, family, templateChangeEvery, records: 600 };
        // The rate must be known before the first flow, or the first flows count as they are.
        const settings = { sampling: { unknown: 'hold' as const, ...(rest.sampling === 1 ? { rate: 1 } : {}) } };
        const { exporter, sink, collector } = collectFrom(options, flowCollector(settings));
        if (collector.heldOctets === 0) expect(sink.totals).toEqual(exporter.totals.byAddress());
        else expect(exporter.counts.lostDatagrams).toBeGreaterThan(0);
      },
    ),
    { numRuns: 150 },
  );
});
