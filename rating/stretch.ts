/** Stretches of time in which, for one plan and zone, no period ends and no window opens or closes (DESIGN §3.3). */

import { periodAt, type Span } from './period.ts';
import type { Rater } from './rater.ts';
import { isInside } from './window.ts';
import { zoneNamed } from './zone.ts';

export interface Stretch extends Span {
  readonly bill: Span;
  /** Start of the period of each slot. */
  readonly periodStarts: readonly number[];
  /** Whether each window is open. */
  readonly open: readonly boolean[];
}

/** Finds stretches, remembering the last ones: usage of many accounts falls into the same. */
export interface Calendar {
  stretchAt(atMs: number): Stretch;
}

const REMEMBERED = 4;
const DAY_MS = 86_400_000;

/** The calendar of a plan in a zone. @throws RangeError for an unknown zone */
export function calendarOf(rater: Rater, zoneName: string, cycleDay: number): Calendar {
  const key = `${cycleDay}|${zoneName}`;
  let calendar = rater.calendars.get(key);
  if (!calendar) {
    calendar = makeCalendar(rater, zoneName, cycleDay);
    rater.calendars.set(key, calendar);
  }
  return calendar;
}

function makeCalendar(rater: Rater, zoneName: string, cycleDay: number): Calendar {
  const zone = zoneNamed(zoneName);
  const { slots, windows, periods } = rater.layout;
  const edges = windows.flatMap((window) => [window.fromMs, window.toMs]);
  const recent: Stretch[] = [];
  let next = 0;

  function makeStretch(atMs: number): Stretch {
    const bill = periodAt('cycle', zone, cycleDay, atMs);
    let { fromMs, toMs } = bill;
    const narrow = (span: Span) => {
      if (span.fromMs > fromMs) fromMs = span.fromMs;
      if (span.toMs < toMs) toMs = span.toMs;
    };
    const spans = new Map(periods.map((kind) => [kind, periodAt(kind, zone, cycleDay, atMs)]));
    for (const span of spans.values()) narrow(span);
    let open: boolean[] = [];
    if (windows.length > 0) {
      const offset = zone.stretchAt(atMs);
      narrow(offset);
      const label = atMs + offset.offsetMs;
      const dayMs = Math.floor(label / DAY_MS) * DAY_MS;
      let [lower, upper] = [0, DAY_MS];
      for (const edge of edges) {
        if (edge <= label - dayMs) lower = Math.max(lower, edge);
        else upper = Math.min(upper, edge);
      }
      narrow({ fromMs: dayMs + lower - offset.offsetMs, toMs: dayMs + upper - offset.offsetMs });
      open = windows.map((window) => isInside(window, label));
    }
    return { fromMs, toMs, bill, periodStarts: slots.map((slot) => spans.get(slot.period)!.fromMs), open };
  }

  return {
    stretchAt(atMs) {
      for (const stretch of recent) if (atMs >= stretch.fromMs && atMs < stretch.toMs) return stretch;
      const stretch = makeStretch(atMs);
      recent[next] = stretch;
      next = (next + 1) % REMEMBERED;
      return stretch;
    },
  };
}
