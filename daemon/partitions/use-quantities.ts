/** Quantities of one use, in base units, and how large they may be. Pure. */
import { type MeterReading, useQuantityMax } from '../../collectors/index.ts';

/** Ten years, s. A device that tells more, as 2^32 − 1, tells a fault of its own. */
const useSecondsMax = 315_576_000n;

/** The first reading of more than any session uses. */
export function absurdReading(readings: readonly MeterReading[]): MeterReading | undefined {
  for (const reading of readings)
    if (reading.quantity >= (reading.meter === 'time' ? useSecondsMax : useQuantityMax)) return reading;
  return undefined;
}

/** By meter. */
export function quantitiesOf(readings: readonly MeterReading[]): Record<string, bigint> {
  const quantities: Record<string, bigint> = {};
  for (const { meter, quantity } of readings) quantities[meter] = quantity;
  return quantities;
}
