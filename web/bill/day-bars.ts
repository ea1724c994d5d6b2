/** The bars of the period's days and, behind them, those of the same days of the period before; exact until geometry. */
import type { DayView, SpendView } from '../../daemon/contract.ts';
import { compare, placeBetween } from '../decimal.ts';

/** What a bar measures: money, or the readings of a meter. */
export type Measure = 'amount' | (string & {});

export interface DayBar {
  readonly date: string;
  readonly value: string;
  /** Of the same day of the period before; null where there is none. */
  readonly before: string | null;
  /** Parts of `barSteps`. */
  readonly height: number;
  readonly beforeHeight: number;
}

export const barSteps = 1_000;

/** Meters that were used in either period, most common first by name. */
export function metersOf(view: SpendView): readonly string[] {
  const days = [...view.days, ...(view.previous?.days ?? [])];
  return [...new Set(days.flatMap((day) => Object.keys(day.use)))].sort();
}

export function dayBars(view: SpendView, measure: Measure): readonly DayBar[] {
  const valueFor = (day: DayView) => (measure === 'amount' ? day.amount : (day.use[measure] ?? '0'));
  const previous = view.previous?.days ?? [];
  const values = [...view.days, ...previous].map(valueFor);
  const high = values.reduce((most, value) => (compare(value, most) > 0 ? value : most), '0');
  const heightOf = (value: string) => (compare(high, '0') === 0 ? 0 : placeBetween(value, ['0', high], barSteps));
  return view.days.map((day, index) => {
    const other = previous[index];
    const before = other === undefined ? null : valueFor(other);
    const value = valueFor(day);
    const beforeHeight = before === null ? 0 : heightOf(before);
    return { date: day.date, value, before, height: heightOf(value), beforeHeight };
  });
}
