import { expect, test } from 'vitest';
import { columnsFirst, longer, NumberColumn, none } from '../../../daemon/mediation/columns.ts';

test('a row of numbers that was never set has none, however far it is', () => {
  const column = new NumberColumn();
  column.set(3, 0);
  column.set(columnsFirst * 20, 2_000_000_000);
  expect([0, 3, columnsFirst, columnsFirst * 20, 1e9].map((row) => column.get(row))).toEqual([
    none,
    0,
    none,
    2_000_000_000,
    none,
  ]);
  column.set(3, none);
  expect(column.get(3)).toBe(none);
});

test('a column with more room has what it had', () => {
  const column = Float64Array.from({ length: columnsFirst }, (_, row) => row + 0.5);
  const grown = longer(column, Float64Array);
  expect(grown.length).toBeGreaterThan(column.length);
  expect(grown.subarray(0, column.length)).toEqual(column);
  expect(grown[column.length]).toBe(0);
});

test('room that was not written takes no memory', () => {
  const before = process.memoryUsage().rss;
  const grown = Array.from({ length: 16 }, () =>
    longer(longer(new Float64Array(columnsFirst), Float64Array), Float64Array),
  );
  const asked = grown.reduce((octets, column) => octets + column.byteLength, 0);
  expect(asked).toBeGreaterThan(32_000_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(asked / 2);
});
