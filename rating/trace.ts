/** How an amount came about, step by step, so that whoever multiplies it out gets the amount (REQUIREMENTS P35). */

/** One product or constant of a price. */
export interface TraceTerm {
  /** Base units; without a unit an amount of the currency that a rate applies to. */
  readonly quantity: string;
  readonly unit: string;
  /** Price of one unit, or the rate: a decimal, or a fraction of two. */
  readonly multiplier: string;
  /** Added once. */
  readonly constant: string;
  /** Step, prefix, tax or party it comes from. */
  readonly of: string;
}

/** What one primitive did with one part of a record. */
export interface TraceEntry {
  readonly node: number;
  /** The part of the record: its ends are the edges it was cut at. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Meter of the reading, empty for charges of time. */
  readonly meter: string;
  /** In words. */
  readonly text: string;
  /** Of free use: base units let go free, and passed on. */
  readonly free?: string;
  readonly passed?: string;
  /** Of a charge: place of the line, exact price before and after, and amount = round(after) − posted. */
  readonly line?: number;
  readonly terms?: readonly TraceTerm[];
  /** Exact prices as fractions `numerator/denominator` of the currency. */
  readonly before?: string;
  readonly after?: string;
  /** Integers at the plan's scale. */
  readonly posted?: string;
  readonly amount?: string;
}
