import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AggregatorOptions,
  addressToWords,
  type ClassRule,
  FlowAggregator,
  type MeteringPoint,
  MeteringPoints,
  PrefixTable,
  TrafficClasses,
} from '../../../collectors/index.ts';
import { SimulatedExporter, subscriberAddress } from '../../../simulator/index.ts';
import {
  exporterAddress,
  exporterDefaults,
  flowCollector,
  ipfixMessage,
  nowMs,
  set,
  v9Message,
} from '../../fixtures/flows.ts';

interface Row {
  subject: number;
  class: string;
  isIn: boolean;
  bin: number;
  octets: bigint;
  packets: number;
  startMs: number;
  endMs: number;
}

/** An aggregator that keeps what it hands over. Subjects are the prefixes' places in the list. */
function aggregatorOf(prefixes: readonly string[], options: Partial<AggregatorOptions> & { rules?: ClassRule[] } = {}) {
  const subjects = new PrefixTable();
  prefixes.forEach((prefix, index) => {
    subjects.addCidr(prefix, index);
  });
  const classes = new TrafficClasses(options.rules ?? []);
  const rows: Row[] = [];
  const aggregator = new FlowAggregator({
    subjects: { find: (addresses, at, family) => subjects.find(addresses, at, family) },
    classes,
    handOver: (cells) => {
      for (let at = 0; at < cells.count * 2; at++) both(at >> 1, at % 2 === 1);
      return true;
      function both(at: number, isIn: boolean) {
        if (cells.packets(at, isIn) === 0 && cells.octets(at, isIn) === 0n) return;
        rows.push({
          subject: cells.subject(at),
          class: classes.names[cells.class(at)]!,
          isIn,
          bin: cells.bin(at),
          octets: cells.octets(at, isIn),
          packets: cells.packets(at, isIn),
          startMs: cells.startMs(at),
          endMs: cells.endMs(at),
        });
      }
    },
    ...options,
  });
  return { aggregator, rows };
}

interface Sent {
  source?: string;
  destination?: string;
  octets?: number | bigint;
  packets?: number;
  startMs?: number;
  endMs?: number;
  sourcePort?: number;
  destinationPort?: number;
  protocol?: number;
  tos?: number;
  sourceAs?: number;
  destinationAs?: number;
  ingress?: number;
  egress?: number;
  direction?: number;
  status?: number;
  natSource?: string;
  natDestination?: string;
}

function words(address: string): [number, 4] {
  const into = new Uint32Array(4);
  addressToWords(address, into);
  return [into[0]!, 4];
}

/** One IPv4 flow as a datagram of IPFIX that brings its own template. */
function datagram(flow: Sent, sequence = 0): Uint8Array {
  const { source = '10.0.0.1', destination = '203.0.113.9', octets = 1000, packets = 10 } = flow;
  const { startMs = nowMs - 1000, endMs = nowMs, sourcePort = 5000, destinationPort = 443, protocol = 6 } = flow;
  const fields: [number, number, readonly [number | bigint, number]][] = [
    [8, 4, words(source)],
    [12, 4, words(destination)],
    [1, 8, [octets, 8]],
    [2, 4, [packets, 4]],
    [152, 8, [startMs, 8]],
    [153, 8, [endMs, 8]],
    [7, 2, [sourcePort, 2]],
    [11, 2, [destinationPort, 2]],
    [4, 1, [protocol, 1]],
    [5, 1, [flow.tos ?? 0, 1]],
    [16, 4, [flow.sourceAs ?? 0, 4]],
    [17, 4, [flow.destinationAs ?? 0, 4]],
    [10, 4, [flow.ingress ?? 1, 4]],
    [14, 4, [flow.egress ?? 2, 4]],
    [89, 1, [flow.status ?? 64, 1]],
  ];
  if (flow.direction !== undefined) fields.push([61, 1, [flow.direction, 1]]);
  if (flow.natSource !== undefined) fields.push([225, 4, words(flow.natSource)]);
  if (flow.natDestination !== undefined) fields.push([226, 4, words(flow.natDestination)]);
  const template = set(2, 256, fields.length, ...fields.flatMap((field) => field.slice(0, 2) as number[]));
  return ipfixMessage([template, set(256, ...fields.map(([, , value]) => value))], { sequence });
}

/** Sends flows of some exporters in turn and answers the cells. */
function aggregate(
  prefixes: readonly string[],
  flows: readonly (Sent & { exporter?: string })[],
  options: Parameters<typeof aggregatorOf>[1] = {},
) {
  const collector = flowCollector();
  const { aggregator, rows } = aggregatorOf(prefixes, options);
  flows.forEach((flow, index) => {
    collector.receive(datagram(flow, index), flow.exporter ?? exporterAddress, nowMs, aggregator);
  });
  aggregator.flush();
  const { received, metered, bothEnds, elsewhere, unguided, dropped } = aggregator.counts;
  const law = metered.value + elsewhere.value + unguided.value + dropped.value;
  expect(law).toBe(received.value);
  expect(rows.reduce((sum, { octets }) => sum + octets, 0n)).toBe(metered.value + bothEnds.value);
  return { rows, counts: aggregator.counts, aggregator };
}

describe('whose use a flow is', () => {
  it('the source’s, out', () => {
    const { rows } = aggregate(['10.0.0.1'], [{}]);
    expect(rows).toMatchObject([{ subject: 0, isIn: false, octets: 1000n, packets: 10 }]);
  });

  it('the destination’s, in', () => {
    const { rows } = aggregate(['203.0.113.9'], [{}]);
    expect(rows).toMatchObject([{ subject: 0, isIn: true, octets: 1000n }]);
  });

  it('both ends’, where both are subscribers', () => {
    const { rows, counts } = aggregate(['10.0.0.1', '203.0.113.0/24'], [{}]);
    expect(rows).toMatchObject([
      { subject: 0, isIn: false },
      { subject: 1, isIn: true },
    ]);
    expect([counts.metered.value, counts.bothEnds.value]).toEqual([1000n, 1000n]);
  });

  it('nobody’s, counted', () => {
    const { rows, counts } = aggregate(['10.9.0.0/16'], [{}]);
    expect(rows).toEqual([]);
    expect(counts.unguided.value).toBe(1000n);
  });

  it('the longest prefix’s', () => {
    const { rows } = aggregate(['10.0.0.0/8', '10.0.0.0/24', '10.0.0.1', '0.0.0.0/0'], [{}]);
    expect(rows[0]).toMatchObject({ subject: 2, isIn: false });
  });

  it('that of the address behind a translation, where the one before it is nobody’s', () => {
    const inward = {
      source: '203.0.113.9',
      destination: '192.0.2.200',
      natDestination: '10.0.0.1',
      natSource: '203.0.113.9',
    };
    const outward = { source: '192.0.2.200', natSource: '10.0.0.1', natDestination: '203.0.113.9' };
    const { rows } = aggregate(['10.0.0.1'], [inward, outward]);
    expect(rows).toMatchObject([
      { subject: 0, isIn: false, octets: 1000n },
      { subject: 0, isIn: true, octets: 1000n },
    ]);
  });

  it('nobody’s, where the router says that it dropped the packets', () => {
    const { rows, counts } = aggregate(['10.0.0.1'], [{ status: 0b1000_0001 }, { status: 0b0100_0000 }, { status: 0 }]);
    expect(rows).toMatchObject([{ octets: 2000n }]);
    expect(counts.dropped.value).toBe(1000n);
  });
});

describe('bins of time', () => {
  const minute = 60_000;
  const edge = Math.floor(nowMs / minute) * minute;

  it('take a flow that crosses an edge in proportion, rounded down up to the edge', () => {
    const { rows } = aggregate(['10.0.0.1'], [{ startMs: edge - 1000, endMs: edge + 2000, octets: 1000, packets: 10 }]);
    expect(rows).toMatchObject([
      { bin: edge / minute - 1, octets: 333n, packets: 3, startMs: edge - 1000, endMs: edge },
      { bin: edge / minute, octets: 667n, packets: 7, startMs: edge, endMs: edge + 2000 },
    ]);
  });

  it('take a flow that ends on an edge, or has no length, whole', () => {
    const { rows } = aggregate(
      ['10.0.0.1'],
      [
        { startMs: edge - 5000, endMs: edge },
        { startMs: edge, endMs: edge },
      ],
    );
    expect(rows.map(({ bin, octets }) => [bin - edge / minute, octets])).toEqual([
      [-1, 1000n],
      [0, 1000n],
    ]);
  });

  it('split exactly what is too large for floating point', () => {
    const octets = 2n ** 52n - 1n;
    const { rows } = aggregate(['10.0.0.1'], [{ startMs: edge - 86_000, endMs: edge + 1, octets }]);
    const upTo = (t: number) => (octets * BigInt(t - (edge - 86_000))) / 86_001n;
    expect(rows.map((row) => row.octets)).toEqual([
      upTo(edge - minute),
      upTo(edge) - upTo(edge - minute),
      octets - upTo(edge),
    ]);
  });

  it('add beyond 2^53 exactly', () => {
    const octets = 2n ** 52n - 1n;
    const { rows } = aggregate(
      ['10.0.0.1'],
      Array.from({ length: 9 }, () => ({ startMs: edge, endMs: edge, octets })),
    );
    expect(rows).toMatchObject([{ octets: 9n * octets }]);
  });

  it('of a flow of more than an hour are quarters of hours', () => {
    const startMs = Math.floor(nowMs / 3_600_000) * 3_600_000 - 7_200_000;
    const { rows } = aggregate(['10.0.0.1'], [{ startMs, endMs: startMs + 4_500_000, octets: 5000 }]);
    expect(rows.map((row) => [row.startMs - startMs, row.octets])).toEqual(
      [0, 1, 2, 3, 4].map((quarter) => [quarter * 900_000, 1000n]),
    );
  });

  it('never lose an octet of any flow', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 2n ** 52n - 1n }),
        fc.integer({ min: 0, max: 600_000 }),
        fc.integer({ min: 0, max: 59_999 }),
        (octets, durationMs, offsetMs) => {
          const startMs = edge - 600_000 + offsetMs;
          const { rows } = aggregate(['10.0.0.1'], [{ startMs, endMs: startMs + durationMs, octets }]);
          const whole = BigInt(Math.max(1, durationMs));
          const upTo = (t: number) => (octets * BigInt(Math.min(t - startMs, durationMs))) / whole;
          for (const row of rows.slice(0, -1)) expect(row.octets).toBe(upTo(row.endMs) - upTo(row.startMs));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('classes of traffic', () => {
  const voice: ClassRule = { class: 'voip', protocols: [17], dscp: [46] };
  const ftp: ClassRule = { class: 'ftp', protocols: [6], remotePorts: [[20, 21]] };
  const peering: ClassRule = { class: 'peering', remoteAs: [64500] };
  const cdn: ClassRule = { class: 'cdn', remotePrefixes: ['203.0.113.0/24', '2001:db8:1::/48'] };
  const onNet: ClassRule = { class: 'on-net', onNet: true };
  const uplink: ClassRule = { class: 'uplink-9', interfaces: [9] };

  it.each<[string, Sent, ClassRule[], string]>([
    ['protocol and code point', { protocol: 17, tos: 46 << 2 }, [ftp, voice], 'voip'],
    ['not by half of a rule', { protocol: 6, tos: 46 << 2 }, [voice], ''],
    ['the far end’s port', { destinationPort: 21 }, [voice, ftp], 'ftp'],
    ['not the subscriber’s own port', { sourcePort: 21 }, [ftp], ''],
    ['the far end’s AS', { destinationAs: 64500 }, [peering], 'peering'],
    ['not the subscriber’s own AS', { sourceAs: 64500 }, [peering], ''],
    ['the far end’s prefix', {}, [cdn], 'cdn'],
    ['an interface', { egress: 9 }, [uplink], 'uplink-9'],
    ['the first rule that holds', { egress: 9, destinationAs: 64500 }, [peering, uplink], 'peering'],
    ['either port', { sourcePort: 5060 }, [{ class: 'sip', ports: [[5060, 5061]] }], 'sip'],
    ['the subscriber’s port', { sourcePort: 25 }, [{ class: 'smtp', localPorts: [[25, 25]] }], 'smtp'],
  ])('are told by %s', (_, flow, rules, name) => {
    expect(aggregate(['10.0.0.1'], [flow], { rules }).rows).toMatchObject([{ class: name, octets: 1000n }]);
  });

  it('are seen from the subscriber’s side when the flow comes in', () => {
    const flow = {
      source: '203.0.113.9',
      destination: '10.0.0.1',
      sourcePort: 20,
      destinationPort: 4000,
      sourceAs: 64500,
    };
    expect(aggregate(['10.0.0.1'], [flow], { rules: [ftp] }).rows).toMatchObject([{ class: 'ftp', isIn: true }]);
    expect(aggregate(['10.0.0.1'], [flow], { rules: [peering] }).rows).toMatchObject([{ class: 'peering' }]);
  });

  it('know traffic between subscribers', () => {
    const { rows } = aggregate(['10.0.0.1', '203.0.113.9'], [{}], { rules: [onNet] });
    expect(rows.map((row) => row.class)).toEqual(['on-net', 'on-net']);
  });

  it.each<[string, ClassRule]>([
    ['a prefix that is none', { class: 'x', remotePrefixes: ['10.0.0.1/8'] }],
    ['a range of ports that is none', { class: 'x', ports: [[9, 8]] }],
    ['a code point above 63', { class: 'x', dscp: [64] }],
  ])('refuse %s', (_, rule) => {
    expect(() => new TrafficClasses([rule])).toThrow();
  });
});

describe('metering points', () => {
  const at = (points: MeteringPoint[]) => ({ points: new MeteringPoints(points) });
  const core = '192.0.2.7';

  it('bill a flow once that two exporters see', () => {
    const { rows, counts } = aggregate(['10.0.0.1'], [{}, { exporter: core }], at([{ exporter: core }]));
    expect(rows).toMatchObject([{ octets: 1000n }]);
    expect(counts.elsewhere.value).toBe(1000n);
  });

  it('bill a flow once that one exporter sees on both of its sides', () => {
    const point = { exporter: exporterAddress, direction: 'ingress' } as const;
    const { rows, counts } = aggregate(['10.0.0.1'], [{ direction: 0 }, { direction: 1 }], at([point]));
    expect(rows).toMatchObject([{ octets: 1000n }]);
    expect(counts.elsewhere.value).toBe(1000n);
  });

  it('are interfaces: where the flow came in, or where it went out if it says so', () => {
    const point = { exporter: exporterAddress, interfaces: [5] };
    const flows: Sent[] = [
      { ingress: 5, egress: 6, octets: 1 },
      { ingress: 6, egress: 5, octets: 10 },
      { ingress: 6, egress: 5, direction: 1, octets: 100 },
      { ingress: 5, egress: 6, direction: 1, octets: 1000 },
    ];
    expect(aggregate(['10.0.0.1'], flows, at([point])).rows).toMatchObject([{ octets: 101n }]);
  });

  it('may be other ones for some subscribers', () => {
    const points = [{ exporter: exporterAddress }, { exporter: core, subscribers: ['10.0.0.2'] }];
    const flows = [{}, { exporter: core }, { source: '10.0.0.2' }, { source: '10.0.0.2', exporter: core, octets: 7 }];
    const { rows } = aggregate(['10.0.0.1', '10.0.0.2'], flows, at(points));
    expect(rows.map(({ subject, octets }) => [subject, octets])).toEqual([
      [0, 1000n],
      [1, 7n],
    ]);
  });

  it('of the same subscribers add up: they see different flows', () => {
    const points = [{ exporter: exporterAddress }, { exporter: core }];
    expect(aggregate(['10.0.0.1'], [{}, { exporter: core }], at(points)).rows).toMatchObject([{ octets: 2000n }]);
  });

  it('that are not declared leave a sign where two exporters tell of the same subscriber', () => {
    const { rows, aggregator } = aggregate(['10.0.0.1'], [{}, { exporter: core }]);
    expect(rows).toMatchObject([{ octets: 2000n }]);
    expect(aggregator.sharedOctets).toBe(1000n);
  });
});

describe('many flows', () => {
  it.each([1 << 20, 1_024])('come to the auditor’s totals with room for %d cells', (cellsMax) => {
    const exporter = new SimulatedExporter({ ...exporterDefaults, family: 'mix', records: 20_000, subscribers: 500 });
    const prefixes = Array.from({ length: 1000 }, (_, index) => subscriberAddress(index % 500, index < 500 ? 4 : 6));
    const { aggregator, rows } = aggregatorOf(prefixes, { cellsMax });
    const collector = flowCollector();
    for (const { bytes, exportMs } of exporter.datagrams())
      collector.receive(bytes, exporterAddress, exportMs, aggregator);
    aggregator.flush();
    const sums = new Map<string, { octetsIn: bigint; octetsOut: bigint }>();
    for (const { subject, isIn, octets, startMs, endMs, bin } of rows) {
      const sum = sums.get(prefixes[subject]!) ?? { octetsIn: 0n, octetsOut: 0n };
      sum[isIn ? 'octetsIn' : 'octetsOut'] += octets;
      sums.set(prefixes[subject]!, sum);
      expect(startMs).toBeGreaterThanOrEqual(bin * 60_000);
      expect(endMs).toBeLessThanOrEqual((bin + 1) * 60_000);
    }
    const expected = [...exporter.totals.byAddress()].map(
      ([address, { octetsIn, octetsOut }]) => [address, { octetsIn, octetsOut }] as const,
    );
    expect(sums).toEqual(new Map(expected));
  });

  it('of v9 templates without octets tell of no use', () => {
    const collector = flowCollector();
    const { aggregator, rows } = aggregatorOf(['10.0.0.1']);
    const message = v9Message([set(0, 256, 2, 8, 4, 230, 1), set(256, [0x0a000001, 4], [1, 1], [0, 3])]);
    collector.receive(message, exporterAddress, nowMs, aggregator);
    aggregator.flush();
    expect(rows).toEqual([]);
    expect(aggregator.counts).toMatchObject({ records: 1, recordsWithoutOctets: 1 });
  });
});
