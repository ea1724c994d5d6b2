/** Records written by hand, octet by octet from the RFCs: what each form means. */
import { describe, expect, it } from 'vitest';
import type { FlowCollector } from '../../../collectors/index.ts';
import {
  exporterAddress,
  flowCollector,
  ipfixMessage,
  ListSink,
  nowMs,
  octetsOf,
  onlyStream,
  refusedBy,
  set,
  v9Message,
} from '../../fixtures/flows.ts';

const seconds = Math.floor(nowMs / 1000);
const uptimeMs = 100_000_000;
const reverse = 29305;

function receive(collector: FlowCollector, ...datagrams: Uint8Array[]) {
  const sink = new ListSink();
  for (const datagram of datagrams) collector.receive(datagram, exporterAddress, nowMs, sink);
  return sink.flows;
}

type Field = readonly [id: number, value: readonly [number | bigint, number], enterprise?: number];
const ends: Field[] = [
  [8, [0x0a000001, 4]],
  [12, [0xcb007109, 4]],
];

/** One record with its own template. */
function ipfix(fields: readonly Field[], parts: { sequence?: number } = {}): Uint8Array {
  const template = fields.flatMap(([id, [, length], enterprise]) =>
    enterprise === undefined ? [id, length] : [id | 0x8000, length, [enterprise, 4] as const],
  );
  return ipfixMessage([set(2, 256, fields.length, ...template), set(256, ...fields.map(([, value]) => value))], parts);
}

function v9(fields: readonly Field[]): Uint8Array {
  const template = fields.flatMap(([id, [, length]]) => [id, length]);
  return v9Message([set(0, 256, fields.length, ...template), set(256, ...fields.map(([, value]) => value))]);
}

const one = (datagram: Uint8Array, collector = flowCollector()) => receive(collector, datagram)[0];

describe('NetFlow v5', () => {
  const header = (count: number, sampling = 0) =>
    octetsOf(5, count, [uptimeMs, 4], [seconds, 4], [250_000_000, 4], [0, 4], [0x0102, 2], sampling);
  const record = (first: number, last: number) =>
    octetsOf(
      ...([
        [0x0a000001, 4],
        [0xcb007109, 4],
        [0, 4],
        1,
        2,
        [10, 4],
        [1500, 4],
        [first >>> 0, 4],
        [last >>> 0, 4],
      ] as const),
      ...([5000, 443, [0, 1], [0x1b, 1], [6, 1], [0xb8, 1], 64500, 64501, [24, 1], [16, 1], 0] as const),
    );

  it('is read field by field, its times from the uptime', () => {
    const [flow] = receive(flowCollector(), octetsOf(header(1), record(uptimeMs - 5000, uptimeMs - 250)));
    expect(flow).toEqual({
      ...{ source: '10.0.0.1', destination: '203.0.113.9', octets: 1500, packets: 10, protocol: 6 },
      ...{ sourcePort: 5000, destinationPort: 443, startMs: nowMs - 5000, endMs: nowMs - 250 },
      ...{ reverse: false, samplingKnown: true },
    });
  });

  it('knows an uptime that wrapped during the flow (49.7 days)', () => {
    const wrapped = octetsOf(5, 1, [1000, 4], [seconds, 4], [250_000_000, 4], [0, 4], 0, 0);
    expect(one(octetsOf(wrapped, record(-4000, 500)))).toMatchObject({ startMs: nowMs - 5000, endMs: nowMs - 500 });
  });

  it('takes a time slightly after the header’s as what it is', () => {
    const flow = one(octetsOf(header(1), record(uptimeMs - 100, uptimeMs + 30)));
    expect(flow).toMatchObject({ startMs: nowMs - 100, endMs: nowMs + 30 });
  });

  it('has 14 bits of sampling interval beside 2 bits of mode', () => {
    expect(one(octetsOf(header(1, (1 << 14) | 1000), record(uptimeMs, uptimeMs)))).toMatchObject({
      ...{ octets: 1_500_000, packets: 10_000, samplingKnown: true },
    });
  });

  it.each([
    ['more records than there are', octetsOf(header(2), record(0, 0)), 'bad-length'],
    ['no record', header(0), 'bad-length'],
    ['a header cut short', header(1).subarray(0, 20), 'too-short'],
  ])('is refused with %s', (_, datagram, reason) => {
    const collector = flowCollector();
    expect(receive(collector, datagram)).toEqual([]);
    expect(refusedBy(collector)).toEqual({ [reason]: 1 });
  });
});

describe('the times of a flow', () => {
  const boot = nowMs - 100_000;
  const ntp = (ms: number): readonly [bigint, number] => [
    (BigInt(Math.floor(ms / 1000) + 2_208_988_800) << 32n) | BigInt(Math.ceil(((ms % 1000) / 1000) * 2 ** 32)),
    8,
  ];
  const second = seconds * 1000;

  it.each<[string, Field[], number, number]>([
    [
      '150, 151: seconds',
      [
        [150, [seconds - 5, 4]],
        [151, [seconds - 1, 4]],
      ],
      second - 5000,
      second - 1000,
    ],
    [
      '152, 153: milliseconds',
      [
        [152, [nowMs - 5001, 8]],
        [153, [nowMs - 7, 8]],
      ],
      nowMs - 5001,
      nowMs - 7,
    ],
    [
      '154, 155: NTP, told in µs',
      [
        [154, ntp(nowMs - 5001)],
        [155, ntp(nowMs - 7)],
      ],
      nowMs - 5001,
      nowMs - 7,
    ],
    [
      '156, 157: NTP, told in ns',
      [
        [156, ntp(nowMs - 5001)],
        [157, ntp(nowMs - 7)],
      ],
      nowMs - 5001,
      nowMs - 7,
    ],
    [
      '158, 159: µs before the export',
      [
        [158, [5_000_000, 4]],
        [159, [1_000, 4]],
      ],
      second - 5000,
      second - 1,
    ],
    [
      '22, 21 with 160: since a boot in the record',
      [
        [22, [1000, 4]],
        [21, [99_000, 4]],
        [160, [boot, 8]],
      ],
      boot + 1000,
      boot + 99_000,
    ],
    [
      '153 and 161: a duration in ms',
      [
        [153, [nowMs, 8]],
        [161, [1234, 4]],
      ],
      nowMs - 1234,
      nowMs,
    ],
    [
      '152 and 162: a duration in µs',
      [
        [152, [nowMs - 9000, 8]],
        [162, [1_234_000, 4]],
      ],
      nowMs - 9000,
      nowMs - 7766,
    ],
    ['323: one event', [[323, [nowMs - 5, 8]]], nowMs - 5, nowMs - 5],
    [
      'the best of several',
      [
        [150, [1, 4]],
        [151, [1, 4]],
        [152, [nowMs - 10, 8]],
        [153, [nowMs, 8]],
      ],
      nowMs - 10,
      nowMs,
    ],
    ['none: the export', [], second, second],
    [
      'an end before the start: no length',
      [
        [152, [nowMs + 3, 8]],
        [153, [nowMs, 8]],
      ],
      nowMs,
      nowMs,
    ],
    [
      'a clock years off: the arrival, with its length',
      [
        [152, [1000, 8]],
        [153, [6000, 8]],
      ],
      nowMs - 5000,
      nowMs,
    ],
    [
      'a time beyond any clock: the arrival',
      [
        [152, [0xffff_ffff_ffff_ff00n, 8]],
        [153, [0xffff_ffff_ffff_ffffn, 8]],
      ],
      nowMs,
      nowMs,
    ],
    [
      'a flow of a year: a day',
      [
        [152, [nowMs - 31_536_000_000, 8]],
        [153, [nowMs, 8]],
      ],
      nowMs - 86_400_000,
      nowMs,
    ],
  ])('%s', (_, fields, startMs, endMs) => {
    expect(one(ipfix([...ends, [1, [1, 4]], ...fields]))).toMatchObject({ startMs, endMs });
  });

  it('since a boot that options told', () => {
    const collector = flowCollector();
    const options = ipfixMessage([set(3, 300, 2, 1, 149, 4, 160, 8), set(300, [7, 4], [boot, 8])]);
    const flow = ipfix([...ends, [1, [1, 4]], [22, [1000, 4]], [21, [99_000, 4]]], { sequence: 1 });
    expect(receive(collector, options, flow)).toMatchObject([{ startMs: boot + 1000, endMs: boot + 99_000 }]);
    expect(onlyStream(collector).sequence.counts.inOrder).toBe(1);
  });

  it('since a boot that nobody told are flagged, not invented', () => {
    const collector = flowCollector();
    expect(one(ipfix([...ends, [1, [1, 4]], [22, [1000, 4]], [21, [99_000, 4]]]), collector)).toMatchObject({
      startMs: second,
    });
    expect(onlyStream(collector).counts.timesAssumed).toBe(1);
  });
});

describe('counters', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('of %d octets are integers', (length) => {
    const value = 2n ** BigInt(Math.min(8 * length, 52)) - 1n;
    expect(one(ipfix([...ends, [1, [value, length]], [2, [1, length]]]))).toMatchObject({
      octets: Number(value),
      packets: 1,
    });
  });

  it.each([
    ['2^52 octets', [1, [2n ** 52n, 8]]],
    ['2^64 − 1 octets', [1, [2n ** 64n - 1n, 8]]],
    ['a running total of 2^63', [85, [2n ** 63n, 8]]],
  ] as [string, Field][])('of %s are refused: no flow has so many', (_, field) => {
    const collector = flowCollector();
    expect(one(ipfix([...ends, field]), collector)).toBeUndefined();
    expect(refusedBy(onlyStream(collector))).toEqual({ 'counter-out-of-range': 1 });
  });

  it.each<[string, Field[], number]>([
    [
      'delta before all others',
      [
        [85, [9, 4]],
        [23, [8, 4]],
        [231, [7, 4]],
        [1, [6, 4]],
      ],
      6,
    ],
    [
      'initiator before post-middlebox',
      [
        [23, [8, 4]],
        [231, [7, 4]],
      ],
      7,
    ],
    ['post-middlebox where nothing else counts', [[23, [8, 4]]], 8],
  ])('%s', (_, fields, octets) => {
    expect(one(ipfix([...ends, ...fields]))).toMatchObject({ octets });
  });

  it('of elements with a length they can’t have are passed over', () => {
    const fields: Field[] = [[8, [0, 16]], [1, [0, 9]], [2, [3, 4]], ...ends.slice(1)];
    expect(one(ipfix(fields))).toMatchObject({ destination: '203.0.113.9', octets: 0, packets: 3 });
  });
});

describe('biflows', () => {
  it('become two records, the second turned round, with its own times and counters', () => {
    const fields: Field[] = [
      ...ends,
      ...([
        [7, [5000, 2]],
        [11, [443, 2]],
        [1, [100, 4]],
        [2, [1, 4]],
      ] as Field[]),
      ...([
        [152, [nowMs - 900, 8]],
        [153, [nowMs - 100, 8]],
      ] as Field[]),
      ...([
        [1, [7000, 4], reverse],
        [2, [7, 4], reverse],
        [152, [nowMs - 800, 8], reverse],
      ] as Field[]),
    ];
    const flows = receive(flowCollector(), ipfix(fields));
    expect(flows).toMatchObject([
      { source: '10.0.0.1', octets: 100, packets: 1, sourcePort: 5000, startMs: nowMs - 900, reverse: false },
      { source: '203.0.113.9', destination: '10.0.0.1', octets: 7000, packets: 7, sourcePort: 443, reverse: true },
    ]);
    expect(flows[1]).toMatchObject({ startMs: nowMs - 800, endMs: nowMs - 100 });
  });

  it('of initiator and responder counters are the same', () => {
    const flows = receive(flowCollector(), ipfix([...ends, [231, [100, 4]], [232, [7000, 4]]]));
    expect(flows.map(({ octets, reverse: turned }) => [octets, turned])).toEqual([
      [100, false],
      [7000, true],
    ]);
  });

  it('without anything in the other direction are one record', () => {
    expect(receive(flowCollector(), ipfix([...ends, [1, [100, 4]], [1, [0, 4], reverse]]))).toHaveLength(1);
  });

  it('leave nothing behind for the record after them', () => {
    const template = set(2, 256, 5, 8, 4, 12, 4, 10, 4, 1, 4, 0x8001, 4, [reverse, 4]);
    const data = [1, 2].flatMap(
      (n) =>
        [
          [0x0a000000 + n, 4],
          [0xcb007109, 4],
          [n, 4],
          [n, 4],
          [10 * n, 4],
        ] as const,
    );
    const flows = receive(flowCollector(), ipfixMessage([template, set(256, ...data)]));
    expect(flows.map(({ source, octets }) => [source, octets])).toEqual([
      ['10.0.0.1', 1],
      ['203.0.113.9', 10],
      ['10.0.0.2', 2],
      ['203.0.113.9', 20],
    ]);
  });
});

describe('what nobody knows', () => {
  it('is passed over by its length, be it fixed, varying or of an enterprise', () => {
    const template = set(
      ...([2, 256, 7, 8, 4, 0x8000 | 42, 65535, [64999, 4], 12, 4, 9999, 3] as const),
      ...([0x8000 | 1, 4, [64999, 4], 82, 65535, 1, 4] as const),
    );
    const long = new Uint8Array(300).fill(0x78);
    const data = set(
      ...([256, [0x0a000001, 4], [255, 1], 300, long, [0xcb007109, 4], [1, 3], [77, 4], [0, 1], [1234, 4]] as const),
      ...([[0x0a000002, 4], [2, 1], 0x7878, [0xcb007109, 4], [1, 3], [77, 4], [1, 1], [7, 1], [5678, 4]] as const),
    );
    const flows = receive(flowCollector(), ipfixMessage([template, data]));
    expect(flows.map(({ source, destination, octets }) => [source, destination, octets])).toEqual([
      ['10.0.0.1', '203.0.113.9', 1234],
      ['10.0.0.2', '203.0.113.9', 5678],
    ]);
  });

  it('of v9 is passed over too: its upper bit means nothing there', () => {
    expect(one(v9([...ends, [0x8000 | 57472, [1, 4]], [1, [99, 4]]]))).toMatchObject({ octets: 99 });
  });
});

describe('addresses of both families in one template', () => {
  const both = (source4: number, source6: bigint, version?: number): Field[] => [
    [8, [source4, 4]],
    [12, [0, 4]],
    [27, [source6, 16]],
    [28, [0n, 16]],
    [1, [1, 4]],
    ...(version === undefined ? [] : ([[60, [version, 1]]] as Field[])),
  ];

  it.each<[string, Field[], string]>([
    ['those that are not zero', both(0x0a000001, 0n), '10.0.0.1'],
    ['those that are not zero, of IPv6', both(0, 1n << 125n), '2000:0:0:0:0:0:0:0'],
    ['those of the version that is told', both(0x0a000001, 1n, 4), '10.0.0.1'],
  ])('count: %s', (_, fields, source) => {
    expect(one(ipfix(fields))).toMatchObject({ source });
  });
});

describe('sampling', () => {
  const flow: Field[] = [...ends, [1, [1000, 4]], [2, [3, 4]]];
  const options = (fields: readonly (readonly [number, number])[], ...values: (readonly [number, number])[]) =>
    ipfixMessage([set(3, 300, fields.length + 1, 1, 149, 4, ...fields.flat()), set(300, [7, 4], ...values)]);
  const second = (fields: Field[]) => ipfix(fields, { sequence: 1 });

  it.each<[string, Uint8Array, number, number]>([
    ['34: one of N', options([[34, 4]], [512, 4]), 512_000, 1536],
    ['50: one of N at random', options([[50, 4]], [512, 4]), 512_000, 1536],
    [
      '305 and 306: so many taken, so many passed over',
      options(
        [
          [305, 4],
          [306, 4],
        ],
        [2, 4],
        [5, 4],
      ),
      3500,
      10,
    ],
    [
      '309 and 310: so many of so many',
      options(
        [
          [309, 4],
          [310, 4],
        ],
        [3, 4],
        [1000, 4],
      ),
      333_333,
      1000,
    ],
  ])('%s', (_, told, octets, packets) => {
    expect(receive(flowCollector(), told, second(flow))).toMatchObject([{ octets, packets, samplingKnown: true }]);
  });

  it('of a sampler is that sampler’s, and no other’s', () => {
    const samplers = ipfixMessage([
      set(3, 300, 3, 1, 149, 4, 48, 1, 50, 4),
      set(300, [7, 4], [1, 1], [10, 4], [7, 4], [2, 1], [20, 4]),
    ]);
    const [first, other, unknown] = [1, 2, 3].map((sampler, index) =>
      ipfix([...flow, [48, [sampler, 1]]], { sequence: 2 + index }),
    );
    expect(receive(flowCollector(), samplers, first!, other!, unknown!)).toMatchObject([
      { octets: 10_000, samplingKnown: true },
      { octets: 20_000, samplingKnown: true },
      { octets: 1000, samplingKnown: false },
    ]);
  });

  it('of an interface (v9 scope) is that interface’s', () => {
    const collector = flowCollector();
    const told = v9Message([set(1, 300, 4, 4, 2, 4, 34, 4), set(300, [5, 4], [100, 4])]);
    const data = (ingress: number) => {
      const fields: Field[] = [...flow, [10, [ingress, 4]]];
      return v9Message(
        [set(0, 256, 5, ...fields.flatMap(([id, [, length]]) => [id, length])), set(256, ...fields.map(([, v]) => v))],
        { sequence: ingress },
      );
    };
    expect(receive(collector, told, data(5), data(6)).map(({ octets }) => octets)).toEqual([100_000, 1000]);
  });

  it('told by the record itself comes first', () => {
    expect(one(ipfix([...flow, [34, [7, 4]]]))).toMatchObject({ octets: 7000, samplingKnown: true });
  });

  it.each<[string, { rate?: number; override?: boolean }, number, boolean]>([
    ['unknown: as it is, flagged', {}, 1000, false],
    ['configured, where the exporter tells none', { rate: 4 }, 4000, true],
  ])('%s', (_, settings, octets, samplingKnown) => {
    const collector = flowCollector({ sampling: { unknown: 'flag', ...settings } });
    expect(one(ipfix(flow), collector)).toMatchObject({ octets, samplingKnown });
    expect(onlyStream(collector).counts.samplingUnknownOctets.value).toBe(samplingKnown ? 0n : 1000n);
  });

  it('configured to override holds against what the exporter tells', () => {
    const collector = flowCollector({ sampling: { unknown: 'flag', rate: 4, override: true } });
    expect(receive(collector, options([[34, 4]], [512, 4]), second(flow))).toMatchObject([{ octets: 4000 }]);
  });

  it('that is nonsense teaches nothing', () => {
    const collector = flowCollector();
    const told = options(
      [
        [309, 4],
        [310, 4],
      ],
      [1000, 4],
      [3, 4],
    );
    expect(receive(collector, told, second(flow))).toMatchObject([{ octets: 1000, samplingKnown: false }]);
    expect(refusedBy(onlyStream(collector))).toEqual({ 'bad-sampling': 1 });
  });

  it('of more samplers than are remembered is refused, counted', () => {
    const collector = flowCollector();
    const samplers = Array.from(
      { length: 1030 },
      (_, index) =>
        [
          [7, 4],
          [index, 2],
          [10, 4],
        ] as const,
    ).flat();
    receive(collector, ipfixMessage([set(3, 300, 3, 1, 149, 4, 48, 2, 50, 4), set(300, ...samplers)]));
    expect(refusedBy(onlyStream(collector))).toEqual({ 'sampler-flood': 6 });
    expect(onlyStream(collector).sampling.state()).toHaveLength(1024);
  });

  it('that is held for gets its flows back when the rate is told', () => {
    const collector = flowCollector({ sampling: { unknown: 'hold' } });
    const early = receive(collector, ipfix(flow));
    expect(early).toEqual([]);
    expect(collector.heldOctets).toBeGreaterThan(0);
    const late = receive(
      collector,
      ipfixMessage([set(3, 300, 2, 1, 149, 4, 34, 4), set(300, [7, 4], [10, 4])], { sequence: 1 }),
    );
    expect(late).toMatchObject([{ octets: 10_000, packets: 30, samplingKnown: true }]);
    expect(collector.heldOctets).toBe(0);
  });
});

describe('running totals', () => {
  const total = (octets: number, packets: number, startMs: number, endMs: number, sequence: number) =>
    ipfix([...ends, [85, [octets, 8]], [86, [packets, 8]], [152, [startMs, 8]], [153, [endMs, 8]]], { sequence });
  const began = nowMs - 5000;
  /** A first report, so that knowledge begins before the flow does. */
  function watched() {
    const collector = flowCollector();
    collector.receive(
      ipfix([
        [8, [1, 4]],
        [12, [2, 4]],
        [85, [1, 4]],
      ]),
      exporterAddress,
      began - 1000,
      new ListSink(),
    );
    return collector;
  }

  it('are billed by their rise, each piece after the one before', () => {
    const flows = receive(watched(), total(100, 1, began, nowMs - 3000, 1), total(350, 3, began, nowMs - 1000, 2));
    expect(flows).toMatchObject([
      { octets: 100, packets: 1, startMs: began, endMs: nowMs - 3000 },
      { octets: 250, packets: 2, startMs: nowMs - 3000, endMs: nowMs - 1000 },
    ]);
  });

  it('that come late or twice add nothing', () => {
    const collector = watched();
    const flows = receive(
      collector,
      total(350, 3, began, nowMs - 1000, 1),
      total(100, 1, began, nowMs - 3000, 2),
      total(350, 3, began, nowMs - 1000, 3),
    );
    expect(flows.map(({ octets }) => octets)).toEqual([350]);
    expect(collector.totals.counts.late).toBe(2);
  });

  it('of another flow with the same key count from zero', () => {
    const flows = receive(watched(), total(350, 3, began, nowMs - 3000, 1), total(40, 1, nowMs - 1000, nowMs - 500, 2));
    expect(flows.map(({ octets }) => octets)).toEqual([350, 40]);
  });

  it('beside a delta are not looked at', () => {
    expect(one(ipfix([...ends, [85, [999, 4]], [1, [5, 4]]]))).toMatchObject({ octets: 5 });
  });
});
