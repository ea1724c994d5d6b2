/** What the collector does with what should not come: each refusal is a counted reason, and nothing grows. */
import { describe, expect, it } from 'vitest';
import { ExporterTable, type FlowCollector, flowMemoryFrom } from '../../../collectors/index.ts';
import {
  collectFrom,
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

const template = (id: number, ...fields: number[]) => set(0, id, fields.length / 2, ...fields);
const simple = template(256, 8, 4, 12, 4, 1, 4);
const record = (octets: number) => octetsOf([0x0a000001, 4], [0xcb007109, 4], [octets, 4]);

function receive(collector: FlowCollector, ...datagrams: Uint8Array[]) {
  const sink = new ListSink();
  for (const datagram of datagrams) collector.receive(datagram, exporterAddress, nowMs, sink);
  return sink.flows.map(({ octets }) => octets);
}

describe('a datagram', () => {
  it('of an exporter that is not believed is refused before anything is read', () => {
    const collector = flowCollector();
    collector.receive(v9Message([simple]), '198.51.100.1', nowMs, new ListSink());
    collector.receive(v9Message([simple]), 'no address', nowMs, new ListSink());
    expect(refusedBy(collector)).toEqual({ 'unknown-exporter': 2 });
    expect([...collector.streams()]).toEqual([]);
  });

  it('is believed by the longest prefix, IPv6 and mapped IPv4 included', () => {
    const sampling = { unknown: 'flag' } as const;
    const table = new ExporterTable([
      { cidr: '10.0.0.0/8', name: 'all', sampling },
      { cidr: '10.1.0.0/16', name: 'some', sampling },
      { cidr: '2001:db8::/32', name: 'six', sampling },
    ]);
    expect(
      ['10.2.0.1', '10.1.0.1', '::ffff:10.1.0.1', '2001:db8::1', '2001:db9::1'].map((a) => table.find(a)?.name),
    ).toEqual([...['all', 'some', 'some', 'six', undefined]]);
  });

  it.each([
    ['of no octets', new Uint8Array(0), 'too-short'],
    ['of another version', new Uint8Array(64).fill(7), 'bad-version'],
    ['of v9 cut in its header', v9Message([]).subarray(0, 19), 'too-short'],
    ['of IPFIX shorter than its length', ipfixMessage([set(2, 256, 1, 8, 4)]).subarray(0, 20), 'bad-length'],
    ['of IPFIX whose length has no room for a header', octetsOf(10, 15, [0, 4], [0, 4], [0, 4]), 'bad-length'],
  ])('%s is refused', (_, datagram, reason) => {
    const collector = flowCollector();
    expect(receive(collector, datagram)).toEqual([]);
    expect(refusedBy(collector)).toEqual({ [reason]: 1 });
  });

  it('that comes again is taken once', () => {
    const collector = flowCollector();
    const data = v9Message([set(256, record(5))], { sequence: 1 });
    expect(receive(collector, v9Message([simple]), data, data, data)).toEqual([5]);
    expect(refusedBy(onlyStream(collector))).toEqual({ 'duplicate-datagram': 2 });
  });

  it('with the number of another, but other octets, is no duplicate', () => {
    const collector = flowCollector();
    const [left, right] = [5, 6].map((octets) => v9Message([set(256, record(octets))]));
    expect(receive(collector, v9Message([simple]), left!, right!)).toEqual([5, 6]);
    expect(refusedBy(onlyStream(collector))).toEqual({});
  });
});

describe('a set', () => {
  it.each([
    ['of length zero', octetsOf(256, 0), 'zero-length-set'],
    ['shorter than its header', octetsOf(256, 3), 'zero-length-set'],
    ['that runs into what is behind it', octetsOf(256, 4000, record(9)), 'set-overrun'],
    ['of a reserved number', set(4, record(9)), 'reserved-set'],
  ])('%s is refused, and what came before it is not', (_, bad, reason) => {
    const collector = flowCollector();
    expect(receive(collector, v9Message([simple, set(256, record(5)), bad]))).toEqual([5]);
    expect(refusedBy(onlyStream(collector))).toEqual({ [reason]: 1 });
  });

  it('of a reserved number does not stop those behind it', () => {
    expect(receive(flowCollector(), v9Message([simple, set(3, 1, 2), set(256, record(5))]))).toEqual([5]);
  });

  it('may end in padding', () => {
    expect(receive(flowCollector(), v9Message([simple, set(256, record(5), record(6), [0, 3])]))).toEqual([5, 6]);
  });

  it('with a record that runs over its end gives what came before it', () => {
    const varying = set(2, 256, 3, 8, 4, 82, 65535, 1, 4);
    const good = octetsOf([1, 4], [2, 1], 0x7878, [5, 4]);
    const collector = flowCollector();
    expect(receive(collector, ipfixMessage([varying, set(256, good, [1, 4], [200, 1], [7, 4])]))).toEqual([5]);
    expect(refusedBy(onlyStream(collector))).toEqual({ 'record-overrun': 1 });
  });
});

describe('a template', () => {
  it('without width decodes nothing, and does not hang', () => {
    const collector = flowCollector();
    expect(receive(collector, v9Message([template(256, 8, 0, 12, 0), set(256, record(5))]))).toEqual([]);
    expect(refusedBy(onlyStream(collector))).toEqual({ 'zero-width-record': 1 });
  });

  it.each([
    ['with a reserved number', v9Message([template(255, 8, 4)]), 'bad-template-id'],
    ['without fields', v9Message([set(0, 256, 0)]), 'bad-template'],
    ['cut short', v9Message([set(0, 256, 3, 8, 4, 12, 4)]), 'bad-template'],
    ['cut in an enterprise number', ipfixMessage([set(2, 256, 1, 0x8001, 4)]), 'bad-template'],
    ['with more fields than allowed', v9Message([template(256, ...Array(600).fill([8, 4]).flat())]), 'huge-template'],
    ['that claims 65535 fields', v9Message([set(0, 256, 65535, 8, 4)]), 'huge-template'],
    ['of options without scope', ipfixMessage([set(3, 256, 2, 0, 34, 4, 35, 1)]), 'bad-template'],
    ['of options with more scopes than fields', ipfixMessage([set(3, 256, 1, 2, 34, 4, 35, 1)]), 'bad-template'],
    ['of v9 options whose lengths are no whole fields', v9Message([set(1, 256, 3, 4, 1, 4, 34, 4)]), 'bad-template'],
    ['of v9 with a varying length', v9Message([template(256, 8, 65535)]), 'bad-template'],
  ])('%s is refused', (_, datagram, reason) => {
    const collector = flowCollector();
    receive(collector, datagram);
    expect(refusedBy(onlyStream(collector))).toEqual({ [reason]: 1 });
    expect(onlyStream(collector).templates.size).toBe(0);
  });

  it('beyond the limit is refused, and those known go on', () => {
    const collector = flowCollector({}, { templatesMax: 3 });
    const flood = Array.from({ length: 100 }, (_, index) => template(300 + index, 8, 4));
    expect(
      receive(collector, v9Message([simple, ...flood]), v9Message([set(256, record(5))], { sequence: 1 })),
    ).toEqual([5]);
    expect(refusedBy(onlyStream(collector))).toEqual({ 'template-flood': 98 });
    expect(onlyStream(collector).templates.size).toBe(3);
  });

  it('that is withdrawn over UDP stays', () => {
    const collector = flowCollector();
    const known = ipfixMessage([set(2, 256, 3, 8, 4, 12, 4, 1, 4), set(3, 300, 2, 1, 149, 4, 34, 4)]);
    const withdrawn = ipfixMessage([set(2, 256, 0), set(3, 300, 0), set(2, 2, 0), set(256, record(5))]);
    expect(receive(collector, known, withdrawn)).toEqual([5]);
    expect(refusedBy(onlyStream(collector))).toEqual({ withdrawal: 3 });
  });

  it('that is announced anew replaces the old one', () => {
    const collector = flowCollector();
    const turned = template(256, 1, 4, 12, 4, 8, 4);
    const data = set(256, [5, 4], [6, 4], [7, 4]);
    const parts = (sequence: number) => ({ sequence });
    expect(
      receive(collector, v9Message([simple, data]), v9Message([turned, data], parts(1)), v9Message([data], parts(2))),
    ).toEqual([7, 5, 5]);
    expect(onlyStream(collector).templates.counts).toMatchObject({ learned: 1, redefined: 1 });
  });

  it('of another domain, version or exporter is another', () => {
    const collector = flowCollector();
    const sink = new ListSink();
    collector.receive(v9Message([simple], { domain: 1 }), exporterAddress, nowMs, sink);
    const data = set(256, record(5));
    collector.receive(v9Message([data], { domain: 2 }), exporterAddress, nowMs, sink);
    collector.receive(ipfixMessage([data], { domain: 1 }), exporterAddress, nowMs, sink);
    collector.receive(v9Message([data], { domain: 1 }), '192.0.2.99', nowMs, sink);
    expect(sink.flows).toEqual([]);
    expect([...collector.streams()].map(({ counts }) => counts.held)).toEqual([0, 1, 1, 1]);
  });

  it('that was not announced for longer than it lives decodes nothing until it is again', () => {
    const collector = flowCollector({}, { templateLifetimeMs: 1000 });
    const sink = new ListSink();
    collector.receive(v9Message([simple]), exporterAddress, nowMs, sink);
    collector.receive(v9Message([set(256, record(5))], { sequence: 1 }), exporterAddress, nowMs + 1001, sink);
    expect(sink.flows).toEqual([]);
    collector.receive(v9Message([simple], { sequence: 2 }), exporterAddress, nowMs + 1002, sink);
    expect(sink.flows).toMatchObject([{ octets: 5 }]);
  });
});

describe('what waits', () => {
  const early = (sequence: number) => v9Message([set(256, record(sequence))], { sequence });

  it('is bounded per stream, and what does not fit is counted', () => {
    const collector = flowCollector({}, { heldOctetsMaxPerStream: 1000 });
    expect(receive(collector, ...Array.from({ length: 10 }, (_, index) => early(index)))).toEqual([]);
    expect(collector.heldOctets).toBeLessThanOrEqual(1000);
    const stream = onlyStream(collector);
    expect(stream.counts.held + stream.refusals['held-overflow']).toBe(10);
    expect(stream.refusals['held-overflow']).toBeGreaterThan(0);
  });

  it('is bounded over all streams', () => {
    const collector = flowCollector({}, { heldOctetsMax: 1000 });
    for (let domain = 0; domain < 20; domain++) receive(collector, v9Message([set(256, record(1))], { domain }));
    expect(collector.heldOctets).toBeLessThanOrEqual(1000);
  });

  it('does not wait for ever', () => {
    const collector = flowCollector({}, { holdMs: 1000 });
    receive(collector, early(0));
    collector.expire(nowMs + 1000);
    expect(collector.heldOctets).toBeGreaterThan(0);
    collector.expire(nowMs + 1001);
    expect(collector.heldOctets).toBe(0);
    expect(refusedBy(onlyStream(collector))).toEqual({ 'held-expired': 1 });
    expect(receive(collector, v9Message([simple], { sequence: 1 }))).toEqual([]);
  });

  it('is decoded in order, with its own times, before what comes with the template', () => {
    const collector = flowCollector();
    expect(receive(collector, early(0), early(1), v9Message([simple, set(256, record(9))], { sequence: 2 }))).toEqual([
      0, 1, 9,
    ]);
  });
});

describe('streams', () => {
  it('are bounded per exporter and in all, and silent ones make room', () => {
    const collector = flowCollector({}, { streamsMax: 5, streamsMaxPerExporter: 3, streamIdleMs: 1000 });
    const send = (exporter: string, domain: number, atMs: number) =>
      collector.receive(v9Message([simple], { domain }), exporter, atMs, new ListSink());
    for (let domain = 0; domain < 10; domain++) send('192.0.2.1', domain, nowMs);
    for (let domain = 0; domain < 10; domain++) send('192.0.2.2', domain, nowMs);
    expect([...collector.streams()]).toHaveLength(5);
    expect(refusedBy(collector)).toEqual({ 'too-many-streams': 15 });
    send('192.0.2.3', 1, nowMs + 1001);
    expect([...collector.streams()].map(({ exporter }) => exporter)).toEqual(['192.0.2.3']);
  });
});

describe('a restart of the daemon', () => {
  const afterwards = (collector: FlowCollector): FlowCollector => {
    const memory = flowMemoryFrom(JSON.parse(JSON.stringify(collector.memory())));
    const fresh = flowCollector();
    fresh.restore(memory!);
    return fresh;
  };

  it('forgets no template, no sampling rate and no sequence', () => {
    const before = collectFrom({ sampling: 10, records: 500, format: 'ipfix', times: 'milliseconds' }).collector;
    const after = afterwards(before);
    const [kept, was] = [onlyStream(after), onlyStream(before)];
    expect(kept.templates.size).toBe(was.templates.size);
    expect(kept.sampling.state()).toEqual(was.sampling.state());
    expect(after.memory()).toEqual(before.memory());
  });

  it('shows what was missed meanwhile as a gap', () => {
    const collector = flowCollector();
    receive(collector, v9Message([simple, set(256, record(5))], { sequence: 10 }));
    const after = afterwards(collector);
    expect(receive(after, v9Message([set(256, record(6))], { sequence: 111 }))).toEqual([6]);
    expect(onlyStream(after).sequence.counts).toMatchObject({ gaps: 1, missing: 100 });
  });

  it.each([null, 7, {}, { form: 2, streams: [] }, { form: 1, streams: [{}] }, { form: 1, streams: 'x' }])(
    'takes no memory like %j',
    (value) => {
      expect(flowMemoryFrom(value)).toBeNull();
    },
  );
});
