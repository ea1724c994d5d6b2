import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentRequests, requestAnswered, requestInFlight } from '../../../daemon/net/recent-requests.ts';

/** A packet's header, with its authenticator. */
const auth = (n: number) => Buffer.alloc(20, n);
const make = (entriesMax = 10, salt = 12_345) => new RecentRequests({ lifetimeMs: 1_000, entriesMax }, salt);

describe('a request', () => {
  it('is new, then in flight, then answered', () => {
    const recent = make();
    const number = recent.begin(auth(1), 7, 0);
    expect(number).toBeGreaterThanOrEqual(0);
    expect(recent.begin(auth(1), 7, 1)).toBe(requestInFlight);
    recent.complete(number);
    expect(recent.begin(auth(1), 7, 2)).toBe(requestAnswered);
  });

  it('is forgotten at the end of its lifetime, counted from its beginning', () => {
    const recent = make();
    recent.complete(recent.begin(auth(1), 7, 0));
    expect(recent.begin(auth(1), 7, 999)).toBe(requestAnswered);
    expect(recent.begin(auth(1), 7, 1_000)).toBeGreaterThanOrEqual(0);
  });

  it('that could not be recorded is new again', () => {
    const recent = make();
    recent.abandon(recent.begin(auth(1), 7, 0));
    const again = recent.begin(auth(1), 7, 1);
    expect(again).toBeGreaterThanOrEqual(0);
    recent.complete(again);
    expect(recent.begin(auth(1), 7, 2)).toBe(requestAnswered);
  });

  it('is told from one of another sender, and from another of the same sender (RFC 5080 §2.2.2)', () => {
    const recent = make();
    recent.begin(auth(1), 7, 0);
    expect(recent.begin(auth(1), 8, 0)).toBeGreaterThanOrEqual(0);
    expect(recent.begin(auth(2), 7, 0)).toBeGreaterThanOrEqual(0);
  });

  it('whose authenticator differs in its last octet alone is another', () => {
    const recent = make();
    recent.begin(auth(1), 7, 0);
    const other = auth(1);
    other[19] = 2;
    expect(recent.begin(other, 7, 0)).toBeGreaterThanOrEqual(0);
  });

  it('that was forgotten while in flight is not completed in the place of another', () => {
    const recent = make(2);
    const first = recent.begin(auth(1), 1, 0);
    recent.begin(auth(2), 2, 0);
    recent.begin(auth(3), 3, 0);
    recent.complete(first);
    expect(recent.begin(auth(3), 3, 1)).toBe(requestInFlight);
    recent.abandon(first);
    expect(recent.begin(auth(3), 3, 1)).toBe(requestInFlight);
  });
});

describe('the authenticator', () => {
  it('is copied, since the datagram it lies in may be used again', () => {
    const recent = make();
    const shared = auth(1);
    recent.begin(shared, 7, 0);
    shared.fill(9);
    expect(recent.begin(auth(1), 7, 1)).toBe(requestInFlight);
  });
});

describe('memory', () => {
  it('drops the oldest beyond the limit', () => {
    const recent = make(3);
    for (const n of [1, 2, 3, 4]) recent.complete(recent.begin(auth(n), n, n));
    expect(recent.size).toBe(3);
    expect(recent.begin(auth(2), 2, 5)).toBe(requestAnswered);
    expect(recent.begin(auth(1), 1, 5)).toBeGreaterThanOrEqual(0);
  });

  it('drops all that expired when something comes', () => {
    const recent = make();
    for (const n of [1, 2, 3]) recent.begin(auth(n), n, n);
    recent.begin(auth(4), 4, 1_002);
    expect(recent.size).toBe(2);
  });

  it('never holds more than the limit, and knows what a list would know', () => {
    const step = fc.record({ auth: fc.nat(5), sender: fc.nat(2), after: fc.nat(400), end: fc.nat(2) });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer(),
        (steps, entriesMax, salt) => {
          const recent = make(entriesMax, salt);
          let list: { key: string; atMs: number; state: number | null; number: number }[] = [];
          let nowMs = 0;
          for (const { auth: n, sender, after, end } of steps) {
            nowMs += after;
            list = list.filter(({ atMs }) => nowMs - atMs < 1_000);
            const key = `${n} ${sender}`;
            const known = list.find((entry) => entry.key === key && entry.state !== null);
            const number = recent.begin(auth(n), sender, nowMs);
            if (known) expect(number).toBe(known.state);
            else {
              expect(number).toBeGreaterThanOrEqual(0);
              list.push({ key, atMs: nowMs, state: requestInFlight, number });
              if (list.length > entriesMax) list.shift();
            }
            const some = list[end] ?? list[0]!;
            if (some.state !== requestInFlight || end === 0) continue;
            if (end === 1) recent.complete(some.number);
            else recent.abandon(some.number);
            some.state = end === 1 ? requestAnswered : null;
          }
          expect(recent.size).toBeLessThanOrEqual(entriesMax);
        },
      ),
    );
  });
});
