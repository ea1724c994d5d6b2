/** All tables that plans may name, as plain data (DESIGN §4): the port through which the shell provides them. */

import type { Dated } from './dated.ts';
import type { DialPlan } from './dial-plan.ts';
import type { ExchangeRates } from './exchange-rates.ts';
import type { SpecialDays } from './holidays.ts';
import type { Locations } from './locations.ts';
import type { TaxTable } from './tax-table.ts';

/**
 * Tables by kind and name. An import makes a new object; what has been rated stays as it is, since a changed rate begins
 * a running amount of its own. To replay a log to the same charges, the same imports must lie at the same places of it.
 */
export interface RatingTables {
  readonly taxes?: ReadonlyMap<string, TaxTable>;
  readonly rates?: ReadonlyMap<string, ExchangeRates>;
  readonly dialPlans?: ReadonlyMap<string, Dated<DialPlan>>;
  readonly locations?: ReadonlyMap<string, Dated<Locations>>;
  readonly holidays?: ReadonlyMap<string, SpecialDays>;
}
