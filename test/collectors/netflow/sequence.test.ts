import { describe, expect, it } from 'vitest';
import { type SequenceHeader, SequenceTracker } from '../../../collectors/netflow/sequence.ts';

const hourMs = 3_600_000;
let fingerprint = 0;

/** A datagram with octets of its own. */
function header(sequence: number, more: Partial<SequenceHeader> = {}): SequenceHeader {
  fingerprint++;
  return { sequence, exportMs: hourMs, uptimeMs: hourMs, fingerprint, ...more };
}

/** What a stream says to datagrams of ten units each. */
function arrivals(headers: readonly SequenceHeader[], tracker = new SequenceTracker()) {
  const heard = headers.map((each) => {
    const arrival = tracker.arrive(each);
    if (arrival !== 'duplicate') tracker.advance(10);
    return arrival;
  });
  return { heard, counts: tracker.counts };
}

describe('a stream', () => {
  it('goes on across 2^32', () => {
    const { heard, counts } = arrivals([header(2 ** 32 - 15), header(2 ** 32 - 5), header(5)]);
    expect(heard).toEqual(['first', 'in-order', 'in-order']);
    expect(counts.missing).toBe(0);
  });

  it('has a gap across 2^32 that is as long as it is', () => {
    expect(arrivals([header(2 ** 32 - 20), header(30)]).counts).toMatchObject({ gaps: 1, missing: 40 });
  });

  it('takes back what it missed when it comes after all, in pieces and out of order', () => {
    const { heard, counts } = arrivals([header(0), header(50), header(30), header(10), header(40), header(20)]);
    expect(heard).toEqual(['first', 'gap', 'reordered', 'reordered', 'reordered', 'reordered']);
    expect(counts).toMatchObject({ gaps: 1, reordered: 4, missing: 0 });
  });

  it('knows the same octets again, also those that came out of order', () => {
    const [late, second] = [header(10), header(20)];
    const { heard } = arrivals([header(0), second, late, { ...late }, { ...second }]);
    expect(heard).toEqual(['first', 'gap', 'reordered', 'duplicate', 'duplicate']);
  });

  it('that lost its start to a restart meters no loss of 2^32', () => {
    const { heard, counts } = arrivals([header(5000), header(0, { uptimeMs: 5000, exportMs: hourMs + 1000 })]);
    expect(heard).toEqual(['first', 'restarted']);
    expect(counts.missing).toBe(0);
  });

  it('whose uptime wraps after 49.7 days has not restarted', () => {
    const before = { uptimeMs: 2 ** 32 - 500 };
    const { heard } = arrivals([header(0, before), header(30, { uptimeMs: 500, exportMs: hourMs + 1000 })]);
    expect(heard).toEqual(['first', 'gap']);
  });

  it('takes what was sent before a restart and came after it as late, not as a gap', () => {
    const { heard, counts } = arrivals([
      header(5000),
      header(0, { uptimeMs: 5000, exportMs: hourMs + 1000 }),
      header(5010),
      header(10, { uptimeMs: 6000, exportMs: hourMs + 2000 }),
    ]);
    expect(heard).toEqual(['first', 'restarted', 'late', 'in-order']);
    expect(counts.missing).toBe(0);
  });

  it('without an uptime restarts where its number falls back at a later time', () => {
    const ipfix = { uptimeMs: -1 };
    const { heard } = arrivals([
      header(5000, ipfix),
      header(0, { ...ipfix, exportMs: hourMs + 1000 }),
      header(10, ipfix),
    ]);
    expect(heard.slice(0, 2)).toEqual(['first', 'restarted']);
  });

  it('that leaps beyond any loss has restarted with another number', () => {
    expect(arrivals([header(0), header(2 ** 30)]).heard).toEqual(['first', 'restarted']);
  });

  it('whose units could not be counted is believed where it goes on', () => {
    const tracker = new SequenceTracker();
    tracker.arrive(header(100));
    tracker.advance(-1);
    expect(tracker.state()).toBeNull();
    expect(arrivals([header(117), header(127)], tracker)).toMatchObject({
      heard: ['resynchronised', 'in-order'],
      counts: { missing: 0, gaps: 0 },
    });
  });

  it('of datagrams without units says no number twice', () => {
    const tracker = new SequenceTracker();
    tracker.arrive(header(0));
    tracker.advance(0);
    expect(arrivals([header(0), header(10)], tracker).heard).toEqual(['in-order', 'in-order']);
  });
});
