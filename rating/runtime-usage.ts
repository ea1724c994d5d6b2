/** What compiled plans call on the usage side: tables, attributes, thresholds, calls. */

import { attributeOf, type Occasion } from './evaluate.ts';
import { Refused } from './facts.ts';
import { negated, plus, shrink, type Whole } from './money.ts';
import type { Condition, PropertyValue } from './plan.ts';
import { holds, quantityOfAttribute } from './primitives/condition.ts';
import type { Standing } from './rater.ts';
import { type Accumulator, keepOccasion, totalOfOccasion } from './state.ts';
import type { Locations, Place } from './tables/locations.ts';

/** What the facts of a node found. @throws Refused if they are missing */
export function fact(standing: Standing, node: number): unknown {
  const found = standing.facts[node];
  if (found && 'reason' in found) throw new Refused(found.reason, found.detail);
  return found?.value;
}

export function locate(locations: unknown, occasion: Occasion, attribute: string): Place | null {
  return (locations as Locations).locate(attributeOf(occasion.attributes, attribute) ?? '');
}

function readAttribute(occasion: Occasion, place: Place | null, name: string): string | undefined {
  const located = place === null ? undefined : name === 'country' || name === 'region' ? place[name] : undefined;
  return located ?? attributeOf(occasion.attributes, name);
}

/** The first rule that holds, or −1. */
export function ruleOf(
  rules: readonly Readonly<Record<string, PropertyValue>>[],
  meter: string,
  occasion: Occasion,
  place: Place | null,
): number {
  for (let i = 0; i < rules.length; i++) {
    const when = rules[i]!.when as Condition | undefined;
    if (holds(when, (name) => (name === 'meter' ? meter : readAttribute(occasion, place, name)))) return i;
  }
  return -1;
}

export function attributeQuantity(occasion: Occasion, place: Place | null, name: string): Whole {
  return shrink(quantityOfAttribute(readAttribute(occasion, place, name), name));
}

/** Adds to a watched total, and flags it when it goes beyond its limit. */
export function watch(standing: Standing, node: number, accumulator: Accumulator, use: Whole, limit: Whole): void {
  const before = accumulator.total;
  accumulator.total = plus(before, use);
  if (before <= limit && accumulator.total > limit) standing.flag(node, accumulator.total);
}

/** What a ThresholdFilter passes; `after` is the running total of an accumulator, or null. */
export function threshold(
  standing: Standing,
  occasion: Occasion,
  node: number,
  use: Whole,
  after: Whole | null,
  limit: Whole,
  mode: string,
  reaching: readonly string[],
  attribute: boolean,
): Whole {
  let above: Whole;
  if (after === null && occasion.single && mode !== 'excess') {
    let whole: Whole = attribute ? use : 0;
    if (!attribute)
      for (const { meter, quantity } of occasion.readings)
        if (reaching.includes(meter)) whole = plus(whole, shrink(quantity));
    above = whole > limit ? use : 0;
  } else {
    const total = after ?? eventTotal(standing, occasion, node, use);
    if (total <= limit) above = 0;
    else {
      const excess = plus(total, negated(limit));
      above = excess < use ? excess : use;
    }
  }
  return mode === 'below' ? plus(use, negated(above)) : above;
}

/** Running total of a chargeable event, or of a record by itself, this use included. */
function eventTotal(standing: Standing, occasion: Occasion, node: number, use: Whole): Whole {
  if (occasion.single) {
    occasion.progress ??= new Map();
    const after = plus(occasion.progress.get(node) ?? 0, use);
    occasion.progress.set(node, after);
    return after;
  }
  const memory = standing.memory(node);
  const after = plus(totalOfOccasion(memory, occasion.key), use);
  if (use !== 0) keepOccasion(memory, occasion.key, { total: after, lastMs: occasion.atMs });
  return after;
}
