/** Quantities of one use, in base units, and how large they may be. Pure. */
import type { MeterReading } from '../../collectors/index.ts';

/** A row holds 63 bits, and what came in and went out may be charged together. No session uses so much. */
const useQuantityMax = 1n << 62n;

/** The first reading of more than any session uses. */
export function absurdReading(readings: readonly MeterReading[]): MeterReading | undefined {
  for (const reading of readings) if (reading.quantity >= useQuantityMax) return reading;
  return undefined;
}

/** By meter. */
export function quantitiesOf(readings: readonly MeterReading[]): Record<string, bigint> {
  const quantities: Record<string, bigint> = {};
  for (const { meter, quantity } of readings) quantities[meter] = quantity;
  return quantities;
}
