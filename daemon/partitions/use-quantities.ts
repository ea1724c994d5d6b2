/** Quantities of one use, in base units, and how large they may be. Pure. */
import { type MeterReading, useQuantityMax } from '../../collectors/index.ts';

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
