/**
 * Where a bill leads, pure: use goes on at its pace so far, recurring charges come when they are due. A day that has
 * begun counts as a whole one, so that a first busy hour isn't taken for a month of such hours. No chargeable thing is
 * rated here, tiers and allowances ahead are not foreseen: it is an estimate, and says what it is made of.
 */
import { addDecimal, fromScaled, minorDigits, roundToMinor, toScaled } from '../../rating/index.ts';
import type { ForecastView, RunwayView } from '../contract.ts';

export interface ForecastInputs {
  readonly currency: string;
  /** The bill's total so far. */
  readonly total: string;
  /** The part of it that is for use. */
  readonly usage: string;
  /** Recurring charges still to come in the period. */
  readonly due: string;
  /** Local days of the period that have begun, today included; at least 1. */
  readonly daysBegun: number;
  readonly daysToGo: number;
}

const paceScale = 6;

export function forecastOf({ currency, total, usage, due, daysBegun, daysToGo }: ForecastInputs): ForecastView {
  const toCome = quotient(usage, BigInt(daysToGo), BigInt(daysBegun));
  return {
    amount: roundToMinor(addDecimal(addDecimal(total, due), toCome), currency),
    usage,
    perDay: quotient(usage, 1n, BigInt(daysBegun)),
    daysBegun,
    daysToGo,
    due: roundToMinor(due, currency),
  };
}

export interface RunwayInputs {
  readonly currency: string;
  readonly prepaid: boolean;
  readonly balance: string;
  readonly creditLimit: string | null;
  /** Local day number of today, 1970-01-01 = 0. */
  readonly today: number;
}

const daysMax = 3_650n;
const dayMs = 86_400_000;

/** Null where there is nothing to run out: a postpaid account that owes and has no limit. */
export function runwayOf(forecast: ForecastView, inputs: RunwayInputs): RunwayView | null {
  const { currency, prepaid, balance, creditLimit, today } = inputs;
  const left = creditLimit === null ? balance : addDecimal(balance, creditLimit);
  const scale = Math.max(paceScale, minorDigits(currency));
  const leftUnits = toScaled(left, scale);
  if (leftUnits <= 0n && !prepaid && creditLimit === null) return null;
  const shown = roundToMinor(left, currency);
  if (leftUnits <= 0n) return { left: shown, days: 0, until: dateOf(today) };
  const perDay = toScaled(forecast.perDay, scale);
  if (perDay <= 0n) return { left: shown, days: null, until: null };
  const days = leftUnits / perDay;
  // What is due falls at the period's end at the latest, so it shortens only what lasts until then.
  const afterDue = leftUnits - toScaled(forecast.due, scale);
  const toGo = BigInt(forecast.daysToGo);
  const whole = days <= toGo ? days : max(afterDue / perDay, toGo);
  if (whole > daysMax) return { left: shown, days: null, until: null };
  return { left: shown, days: Number(whole), until: dateOf(today + Number(whole)) };
}

/** Local date of a day number. */
export function dateOf(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

/** amount × by ÷ over at six decimals, half away from zero. */
function quotient(amount: string, by: bigint, over: bigint): string {
  const exact = toScaled(amount, 12) * by;
  const doubled = 2n * exact;
  const rounding = exact < 0n ? -over : over;
  return roundTo6(fromScaled((doubled + rounding) / (2n * over), 12));
}

function roundTo6(amount: string): string {
  return fromScaled(toScaled(amount, paceScale), paceScale);
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
