/** Of the contract: what was spent by day, where it leads, and what a use would cost. */

/** One local day of an account: what was charged for it, and what was measured on it in base units by meter. */
export interface DayView {
  readonly date: string;
  /** Unrounded. */
  readonly amount: string;
  readonly use: Readonly<Record<string, string>>;
}

/** How many charges and usage records stand behind a line of the bill; `plan` and `label` are those of the line. */
export interface LineCount {
  readonly label: string;
  readonly plan: string;
  readonly unit: string;
  readonly versions: readonly number[];
  readonly charges: number;
  readonly records: number;
}

/** Where a period leads: an estimate, with everything it was made of (daemon/bills/forecast.ts). */
export interface ForecastView {
  /** total + use per day begun × days to go + due, at the currency's minor unit. */
  readonly amount: string;
  /** Charged for use so far, and per day begun; unrounded and at six decimals. */
  readonly usage: string;
  readonly perDay: string;
  readonly daysBegun: number;
  readonly daysToGo: number;
  /** Recurring charges that are still to come in the period. */
  readonly due: string;
}

/** How long what is left to spend lasts at the pace of the forecast. */
export interface RunwayView {
  readonly left: string;
  /** Whole days; null for more than ten years, or where nothing is used. */
  readonly days: number | null;
  /** Local date of the last whole day. */
  readonly until: string | null;
}

/** `GET /api/accounts/{id}/spend`: the period by days, beside the one before, and where it leads. */
export interface SpendView {
  readonly account: string;
  readonly currency: string;
  readonly seq: number;
  readonly asOfMs: number;
  readonly period: { readonly from: string; readonly to: string };
  /** Every day of the period up to today, in order. */
  readonly days: readonly DayView[];
  /** Null where nothing was charged in the period before. `sameDay`: its total at the end of the day today stands for. */
  readonly previous: {
    readonly period: { readonly from: string; readonly to: string };
    readonly total: string;
    readonly sameDay: string;
    readonly sameDayDate: string;
    readonly days: readonly DayView[];
  } | null;
  readonly forecast: ForecastView;
  readonly runway: RunwayView | null;
  readonly lines: readonly LineCount[];
  /** False where there are more records than are looked at: days and counts are then of the newest only. */
  readonly whole: boolean;
}

/** `POST /api/accounts/{id}/quote` `{uses: [{meter, quantity, unit?, start?, end?, attributes?}]}`: one answer a use. */
export type QuoteAnswer = QuoteView | QuoteRefusal;

/** Why a use has no price, for itself: the others of the same question have theirs. */
export interface QuoteRefusal {
  readonly meter: string;
  readonly quantity: string;
  readonly unit: string;
  /** `no-plan`, `bad-attribute` (as without the called number), `no-rate` and others of rating, for programs. */
  readonly refused: string;
  /** For developers. */
  readonly detail: string;
}

export interface QuoteView {
  readonly meter: string;
  readonly quantity: string;
  /** '' for the meter's base unit. */
  readonly unit: string;
  readonly currency: string;
  /** At the plan's scale; what it would add to the bill. */
  readonly amount: string;
  readonly lines: readonly {
    readonly label: string;
    readonly quantity: string;
    readonly unit: string;
    readonly amount: string;
  }[];
  /** Why it costs nothing: an allowance takes it, or the plan does not price such use. */
  readonly free: 'allowance' | 'unpriced' | null;
  readonly balanceAfter: string;
  /** How much of it what is left to spend buys from now on: base units, and in `unit`. Null where nothing limits it. */
  readonly buys: { readonly quantity: string; readonly inUnit: string; readonly beyond: boolean } | null;
}
