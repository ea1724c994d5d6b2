/** The public face of rating: plan + state + usage → charges. Pure, and fit for a browser. */

export { type Allowance, type Bill, type BillLine, billOf, closeBill, postedTotal, thousandths } from './bill.ts';
export { plannedTypes, primitives } from './catalog.ts';
export { type CompiledSource, compilePlan } from './compile.ts';
export { interpretPlan } from './interpret.ts';
export { addDecimal, fromScaled, minorDigits, negated, roundToMinor, toScaled } from './money.ts';
export { billPeriodAt, dayOf, nextTickAfter } from './period.ts';
export type { Plan, PlanNode, PlanProblem, Step } from './plan.ts';
export { type PricedUse, postPriced } from './priced.ts';
export type { Primitive, PropertySpec, TraceEntry } from './primitive.ts';
export { formatQuantity, meterNamed, meterNames, toBaseUnits, type Unit, unitNamed, unitNames } from './quantity.ts';
export { rateUsage } from './rate.ts';
export type { Rater } from './rater.ts';
export { type CompiledFunction, compiledRater, compiledRuntime } from './runtime.ts';
export { type AccountState, copyState, decodeState, encodeState, newAccountState } from './state.ts';
export type { AccountTerms, PlanSegment, RatedCharge, RateResult, RefusalReason, UsageEvent } from './terms.ts';
export { rateTick, rateTickUntil } from './tick.ts';
export { readPlan } from './validate.ts';
export { instantOf, isZone, zoneNamed } from './zone.ts';
