/** `decimal.js` with so many digits that every product here is exact and every quotient rounds as its exact value would. */

import { Decimal as Base } from 'decimal.js';

/** 200 digits: quantities below 10³⁰, prices of 24 digits, units of 16, sums over any number of them. */
export const Decimal = Base.clone({ precision: 200, rounding: Base.ROUND_HALF_UP, toExpNeg: -200, toExpPos: 200 });
export type Decimal = InstanceType<typeof Decimal>;
