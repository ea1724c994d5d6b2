/**
 * Whether the rating thread keeps up with the log. While it does, devices' answers come first wherever a core is short, and
 * bills take what is left; when it falls behind it must have its share, and keep it for a while, for what held it back
 * seldom passes at once.
 */

/** Logged or asked so long ago and not rated or answered, ms. */
const lateMs = 300;
/** After it was behind. */
const hurriedForMs = 10_000;

/** What there is to do. */
export interface Work {
  /** The log's end, and how far it is rated. */
  readonly logged: number;
  readonly rated: number;
  /** When the oldest question was asked that is not answered yet; null where there is none. */
  readonly askedMs: number | null;
}

export class RatingPace {
  /** An end of the log that is not rated yet, and when it was seen. */
  #waiting: { readonly position: number; readonly sinceMs: number } | null = null;
  #hurriedUntilMs = Number.NEGATIVE_INFINITY;

  /** True while it is behind or was so a short while ago. To be asked again and again, by a clock that does not step. */
  isHurried(nowMs: number, { logged, rated, askedMs }: Work): boolean {
    if (this.#waiting !== null && rated >= this.#waiting.position) this.#waiting = null;
    if (this.#waiting === null && logged > rated) this.#waiting = { position: logged, sinceMs: nowMs };
    const sinceMs = Math.min(this.#waiting?.sinceMs ?? nowMs, askedMs ?? nowMs);
    if (nowMs - sinceMs >= lateMs) this.#hurriedUntilMs = nowMs + hurriedForMs;
    return nowMs < this.#hurriedUntilMs;
  }
}
