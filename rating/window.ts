/** Windows of wall-clock time: when a time filter is open (DESIGN §3.3). */

import { isSpecial, type SpecialDays } from './tables/holidays.ts';

const DAY_MS = 86_400_000;

/**
 * Open from `fromMs` to `toMs` (exclusive) of the local day on the days in `days` (bit 0 = Monday … bit 6 = Sunday). If
 * `toMs` ≤ `fromMs` it wraps midnight and belongs to the day it begins. 0 ≤ fromMs < 24 h, 0 < toMs ≤ 24 h.
 */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly days: number;
  /** Open on whole local days instead: those listed, or all others; `table` names a list kept elsewhere. */
  readonly special?: {
    readonly days: SpecialDays | null;
    readonly inside: boolean;
    readonly table: boolean;
  };
}

export const EVERY_DAY = 0b1111111;

/** Whether a wall-clock label (local time as if it were UTC ms) is inside a window. */
export function isInside(window: Window, labelMs: number): boolean {
  const day = Math.floor(labelMs / DAY_MS);
  const { special } = window;
  if (special) return special.days !== null && isSpecial(special.days, day) === special.inside;
  const ofDay = labelMs - day * DAY_MS;
  const weekday = (((day + 3) % 7) + 7) % 7;
  if (window.fromMs < window.toMs) {
    return ofDay >= window.fromMs && ofDay < window.toMs && (window.days & (1 << weekday)) !== 0;
  }
  if (ofDay >= window.fromMs) return (window.days & (1 << weekday)) !== 0;
  return ofDay < window.toMs && (window.days & (1 << ((weekday + 6) % 7))) !== 0;
}

const DAY_NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Days such as `mon-fri,sun` as bits (bit 0 = Monday); a range may wrap the week. Null if it is not such a list. */
export function parseDays(text: string): number | null {
  let bits = 0;
  for (const part of text.split(',')) {
    const [first, last, more] = part.trim().toLowerCase().split('-');
    const from = DAY_NAMES.indexOf(first ?? '');
    const to = last === undefined ? from : DAY_NAMES.indexOf(last);
    if (from < 0 || to < 0 || more !== undefined) return null;
    for (let day = from; ; day = (day + 1) % 7) {
      bits |= 1 << day;
      if (day === to) break;
    }
  }
  return bits;
}

/** A time of day `HH:MM` or `HH:MM:SS` up to 24:00 in ms, or null. */
export function parseTimeOfDay(text: string): number | null {
  const match = /^(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (!match) return null;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  if (minutes > 59 || seconds > 59) return null;
  const ms = ((hours * 60 + minutes) * 60 + seconds) * 1000;
  return ms <= DAY_MS ? ms : null;
}

/** `HH:MM` or `HH:MM:SS` of ms of the day. */
export function formatTimeOfDay(ms: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const seconds = Math.floor(ms / 1000);
  const text = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}`;
  return seconds % 60 ? `${text}:${two(seconds % 60)}` : text;
}

/** Wall-clock labels in a week, one in each stretch between the edges of these windows; from Monday 1970-01-05. */
export function weekMoments(windows: readonly Window[]): number[] {
  const edges = new Set<number>();
  for (let day = 0; day < 7; day++) {
    edges.add(day * DAY_MS);
    for (const window of windows)
      for (const edge of [window.fromMs, window.toMs]) edges.add((day * DAY_MS + edge) % (7 * DAY_MS));
  }
  // Day 4 of the epoch, 1970-01-05, was a Monday.
  return [...edges].sort((a, b) => a - b).map((edge) => MONDAY_MS + edge);
}

const MONDAY_MS = 4 * DAY_MS;

/** Stretches of the week in which any of the windows is open twice (`overlap`) or none is (`gap`); ms since Monday. */
export function weekCover(windows: readonly Window[]): { overlap: number | null; gap: number | null } {
  let overlap: number | null = null;
  let gap: number | null = null;
  for (const atMs of weekMoments(windows)) {
    const open = windows.filter((window) => isInside(window, atMs)).length;
    if (open > 1) overlap ??= atMs - MONDAY_MS;
    if (open === 0) gap ??= atMs - MONDAY_MS;
  }
  return { overlap, gap };
}
