import { expect, it } from 'vitest';
import { HeldDatagrams } from '../../../daemon/flows/held-datagrams.ts';

const mebibyte = 1024 * 1024;

/** Pushes so many datagrams of 1,400 octets, each filled with its number, and takes them all out. */
function holdAndTake(held: HeldDatagrams, count: number): number[] {
  for (let n = 0; n < count; n++) held.push(new Uint8Array(1_400).fill(n), '192.0.2.1', { receivedAtMs: n, dueMs: n });
  const taken: number[] = [];
  while (
    held.takeDue(count, (octets, exporter, receivedAtMs) => {
      expect([octets.length, exporter, receivedAtMs]).toEqual([1_400, '192.0.2.1', taken.length]);
      expect(octets[1_399]).toBe(octets[0]);
      taken.push(octets[0]!);
    })
  );
  return taken;
}

it('memory that was needed is used again, and given back once it is not', () => {
  const held = new HeldDatagrams(16 * mebibyte);
  const expected = Array.from({ length: 6_000 }, (_, n) => n & 255);
  expect(holdAndTake(held, 6_000)).toEqual(expected);
  const peak = held.octets;
  expect(peak).toBeGreaterThan(8 * mebibyte);
  held.trim();
  expect(holdAndTake(held, 6_000)).toEqual(expected);
  expect(held.octets).toBe(peak);
  held.trim();
  held.trim();
  expect(held.octets).toBe(mebibyte);
  expect(holdAndTake(held, 6_000)).toEqual(expected);
});
