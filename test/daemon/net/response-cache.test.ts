import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResponseCache } from '../../../daemon/net/response-cache.ts';

const auth = (n: number) => Buffer.alloc(16, n);
const answer = Buffer.from('answer');
const make = (entriesMax = 10) => new ResponseCache({ lifetimeMs: 1_000, entriesMax });

describe('a request', () => {
  it('is new, then in flight, then known by the octets of its answer', () => {
    const cache = make();
    expect(cache.begin('k', auth(1), 0)).toEqual({ kind: 'new' });
    expect(cache.begin('k', auth(1), 1)).toEqual({ kind: 'in-flight' });
    cache.complete('k', auth(1), answer);
    expect(cache.begin('k', auth(1), 2)).toEqual({ kind: 'known', response: answer });
  });

  it('is forgotten at the end of its lifetime, counted from its beginning', () => {
    const cache = make();
    cache.begin('k', auth(1), 0);
    cache.complete('k', auth(1), answer);
    expect(cache.begin('k', auth(1), 999).kind).toBe('known');
    expect(cache.begin('k', auth(1), 1_000).kind).toBe('new');
  });

  it('that could not be recorded is new again', () => {
    const cache = make();
    cache.begin('k', auth(1), 0);
    cache.abandon('k', auth(1));
    expect(cache.begin('k', auth(1), 1).kind).toBe('new');
  });

  it('is told from that of another key', () => {
    const cache = make();
    cache.begin('a 1 7', auth(1), 0);
    expect(cache.begin('a 17 7', auth(1), 0).kind).toBe('new');
  });
});

describe('an identifier used again with another authenticator', () => {
  it('is a new request and evicts the old one (RFC 5080 §2.2.2)', () => {
    const cache = make();
    cache.begin('k', auth(1), 0);
    cache.complete('k', auth(1), answer);
    expect(cache.begin('k', auth(2), 1).kind).toBe('new');
    expect(cache.begin('k', auth(1), 2).kind).toBe('new');
    expect(cache.size).toBe(1);
  });

  it('does not get the answer of the request it replaced, nor is it abandoned by it', () => {
    const cache = make();
    cache.begin('k', auth(1), 0);
    cache.begin('k', auth(2), 1);
    cache.complete('k', auth(1), answer);
    cache.abandon('k', auth(1));
    expect(cache.begin('k', auth(2), 2)).toEqual({ kind: 'in-flight' });
  });
});

describe('the authenticator', () => {
  it('is copied, since the datagram it lies in may be used again', () => {
    const cache = make();
    const shared = auth(1);
    cache.begin('k', shared, 0);
    shared.fill(9);
    expect(cache.begin('k', auth(1), 1)).toEqual({ kind: 'in-flight' });
  });
});

describe('memory', () => {
  it('drops the oldest beyond the limit', () => {
    const cache = make(3);
    for (const n of [1, 2, 3, 4]) {
      cache.begin(`k${n}`, auth(n), n);
      cache.complete(`k${n}`, auth(n), answer);
    }
    expect(cache.size).toBe(3);
    expect(cache.begin('k2', auth(2), 5).kind).toBe('known');
    expect(cache.begin('k1', auth(1), 5).kind).toBe('new');
  });

  it('drops all that expired when something new comes', () => {
    const cache = make();
    for (const n of [1, 2, 3]) cache.begin(`k${n}`, auth(n), n);
    cache.begin('k4', auth(4), 1_002);
    expect(cache.size).toBe(2);
  });

  it('never holds more than the limit, and never answers for another request', () => {
    const step = fc.record({ key: fc.nat(6), auth: fc.nat(3), after: fc.nat(400), complete: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (steps, entriesMax) => {
        const cache = make(entriesMax);
        let nowMs = 0;
        for (const { key, auth: n, after, complete } of steps) {
          nowMs += after;
          const found = cache.begin(`k${key}`, auth(n), nowMs);
          if (found.kind === 'known') expect(found.response.toString()).toBe(`k${key} ${n}`);
          else if (complete) cache.complete(`k${key}`, auth(n), Buffer.from(`k${key} ${n}`));
          expect(cache.size).toBeLessThanOrEqual(entriesMax);
        }
      }),
    );
  });
});
