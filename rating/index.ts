/** The public face of rating: plan + state + usage → charges. Pure, and fit for a browser. */

export { type Allowance, allowancesOf, type MonitoredUse, monitoredUse } from './allowances.ts';
export { AmountSum } from './amount-sum.ts';
export { attributesRead } from './attributes.ts';
export {
  addBilled,
  addPosted,
  addShown,
  type Bill,
  type BillLine,
  billLine,
  billOf,
  closeBill,
  isShown,
  lineFigures,
  linesInOrder,
  postedTotal,
  thousandths,
} from './bill.ts';
export { primitives } from './catalog.ts';
export { type CompiledSource, compilePlan } from './compile.ts';
export { primitivesPage } from './docs.ts';
export type { PrimitiveExample } from './example.ts';
export { type ChargeTrace, explainUsage } from './explain.ts';
export { interpretPlan } from './interpret.ts';
export { addDecimal, fromScaled, minorDigits, negatedDecimal, rescaled, roundToMinor, toScaled } from './money.ts';
export { PackedReader, PackedWriter } from './packed-bytes.ts';
export { type BillPeriod, billPeriodAt, dayOf, localDate, nextTickAfter } from './period.ts';
export type { Plan, PlanNode, PlanProblem, Step } from './plan.ts';
export { type Posting, postFromOther } from './posting.ts';
export { type PricedUse, postPriced } from './priced.ts';
export type { Primitive, PropertySpec, RowSpec } from './primitive.ts';
export { formatQuantity, meterNamed, meterNames, toBaseUnits, type Unit, unitNamed, unitNames } from './quantity.ts';
export { rateUsage } from './rate.ts';
export type { Rater } from './rater.ts';
export { type CompiledFunction, compiledRater, compiledRuntime } from './runtime.ts';
export { type AccountState, copyState, type LineTotal, newAccountState } from './state.ts';
export { decodeState, encodeState, type StoredState, writeState } from './state-codec.ts';
export type { TableProblem } from './tables/csv.ts';
export type { Locations, Place } from './tables/locations.ts';
export { type TableKind, type TableName, tableKinds, withLocations, withTable } from './tables/read-table.ts';
export type { RatingTables } from './tables/tables.ts';
export type {
  AccountFacts,
  AccountTerms,
  Exemption,
  PlaceFrom,
  PlanSegment,
  RatedCharge,
  RateResult,
  RefusalReason,
  UsageEvent,
  UseFlag,
} from './terms.ts';
export { rateTick, rateTickUntil } from './tick.ts';
export type { TraceEntry, TraceTerm } from './trace.ts';
export { readPlan } from './validate.ts';
export { instantOf, isZone, zoneNamed } from './zone.ts';
