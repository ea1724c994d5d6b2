/** Every primitive there is (REQUIREMENTS P-D), one line each. */

import type { Primitive } from './primitive.ts';
import { accountFinalizer } from './primitives/account-finalizer.ts';
import { adder } from './primitives/adder.ts';
import { billingCycleAccumulator } from './primitives/billing-cycle-accumulator.ts';
import { billingCycleRecurringCharge } from './primitives/billing-cycle-recurring-charge.ts';
import { costResponsibilityMatrix } from './primitives/cost-responsibility-matrix.ts';
import { currencyConverter } from './primitives/currency-converter.ts';
import { dailyAccumulator } from './primitives/daily-accumulator.ts';
import { dailyTimeFilter } from './primitives/daily-time-filter.ts';
import { e164DialPlanRater } from './primitives/e164-dial-plan-rater.ts';
import { freeStepRater } from './primitives/free-step-rater.ts';
import { iptoLocationMapper } from './primitives/ipto-location-mapper.ts';
import { monthlyAccumulator } from './primitives/monthly-accumulator.ts';
import { monthlyRecurringCharge } from './primitives/monthly-recurring-charge.ts';
import { oneTimeCharge } from './primitives/one-time-charge.ts';
import { percentileRater } from './primitives/percentile-rater.ts';
import { periodCap } from './primitives/period-cap.ts';
import { secondAccountFinalizer } from './primitives/second-account-finalizer.ts';
import { specialDaysTimeFilter } from './primitives/special-days-time-filter.ts';
import { stepRater } from './primitives/step-rater.ts';
import { taxCalculator } from './primitives/tax-calculator.ts';
import { thresholdFilter } from './primitives/threshold-filter.ts';
import { usageTypeClassifier } from './primitives/usage-type-classifier.ts';
import { usageTypeSelector } from './primitives/usage-type-selector.ts';
import { useMonitor } from './primitives/use-monitor.ts';
import { weeklyAccumulator } from './primitives/weekly-accumulator.ts';
import { weeklyTimeFilter } from './primitives/weekly-time-filter.ts';

/** All primitives, in the order a palette shows them. */
export const primitives: readonly Primitive[] = [
  oneTimeCharge,
  monthlyRecurringCharge,
  billingCycleRecurringCharge,
  usageTypeSelector,
  usageTypeClassifier,
  iptoLocationMapper,
  monthlyAccumulator,
  billingCycleAccumulator,
  weeklyAccumulator,
  dailyAccumulator,
  thresholdFilter,
  freeStepRater,
  dailyTimeFilter,
  weeklyTimeFilter,
  specialDaysTimeFilter,
  useMonitor,
  stepRater,
  e164DialPlanRater,
  percentileRater,
  adder,
  periodCap,
  costResponsibilityMatrix,
  taxCalculator,
  currencyConverter,
  accountFinalizer,
  secondAccountFinalizer,
];

let byType: ReadonlyMap<string, Primitive> | null = null;

/** The primitive of that type, if there is one. */
export function findPrimitive(type: string): Primitive | undefined {
  byType ??= new Map(primitives.map((primitive) => [primitive.type, primitive]));
  return byType.get(type);
}

/** The primitive of a node of a checked plan. */
export function primitiveOf(node: { readonly type: string }): Primitive {
  const primitive = findPrimitive(node.type);
  if (!primitive) throw new Error(`plan was not checked: no primitive ${node.type}`);
  return primitive;
}
