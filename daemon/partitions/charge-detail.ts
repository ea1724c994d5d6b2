/** What use tells of whose service it was and for whom, as its charges show it. Pure. */
import type { PricedUsage } from '../../collectors/index.ts';
import { thousandths } from '../../rating/index.ts';
import type { ChargeDetail } from '../store/store.ts';

/** Priced use as it is shown beside its charge. */
export function attributesOf({ description, additional, units, unit, vendor, attribution }: PricedUsage) {
  return { description, additional, units: thousandths(units), unit, vendor, attribution };
}

/** What use of any kind may tell; null where it tells nothing. */
export function detailOf({ additional, vendor, attribution }: Readonly<Record<string, string>>): ChargeDetail | null {
  if (additional === undefined && vendor === undefined && attribution === undefined) return null;
  return { additional: additional ?? '', vendor: vendor ?? '', attribution: attribution ?? '' };
}
