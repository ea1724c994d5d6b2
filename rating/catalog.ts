/** Every primitive of Table 1 (REQUIREMENTS P-D): those built, and the names of those that are not yet. */

import type { Primitive } from './primitive.ts';
import { accountFinalizer } from './primitives/account-finalizer.ts';
import { adder } from './primitives/adder.ts';
import { billingCycleRecurringCharge } from './primitives/billing-cycle-recurring-charge.ts';
import { dailyTimeFilter } from './primitives/daily-time-filter.ts';
import { freeStepRater } from './primitives/free-step-rater.ts';
import { monthlyRecurringCharge } from './primitives/monthly-recurring-charge.ts';
import { oneTimeCharge } from './primitives/one-time-charge.ts';
import { stepRater } from './primitives/step-rater.ts';
import { usageTypeSelector } from './primitives/usage-type-selector.ts';
import { weeklyTimeFilter } from './primitives/weekly-time-filter.ts';

/** All built primitives, in the order a palette shows them. */
export const primitives: readonly Primitive[] = [
  oneTimeCharge,
  monthlyRecurringCharge,
  billingCycleRecurringCharge,
  usageTypeSelector,
  freeStepRater,
  dailyTimeFilter,
  weeklyTimeFilter,
  stepRater,
  adder,
  accountFinalizer,
];

/** Types a plan may name one day; naming one today is an error that says so. */
export const plannedTypes: readonly string[] = [
  'MonthlyAccumulator',
  'BillingCycleAccumulator',
  'WeeklyAccumulator',
  'DailyAccumulator',
  'ThresholdFilter',
  'SpecialDaysTimeFilter',
  'UsageTypeClassifier',
  'CostResponsibilityMatrix',
  'E164DialPlanRater',
  'TaxCalculator',
  'CurrencyConverter',
  'IptoLocationMapper',
  'UseMonitor',
  'SecondAccountFinalizer',
];

const byType = new Map(primitives.map((primitive) => [primitive.type, primitive]));

/** The built primitive of that type, if there is one. */
export function findPrimitive(type: string): Primitive | undefined {
  return byType.get(type);
}

/** The primitive of a node of a checked plan. */
export function primitiveOf(node: { readonly type: string }): Primitive {
  const primitive = byType.get(node.type);
  if (!primitive) throw new Error(`plan was not checked: no primitive ${node.type}`);
  return primitive;
}
