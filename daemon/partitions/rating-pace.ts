/**
 * Whether the rating thread keeps up with the log, and with little effort. While it does, devices' answers come first wherever
 * a core is short, and bills take what is left; when it has much to do or falls behind it must have its share, and keep it
 * for a while, for what held it back seldom passes at once.
 */

/** Logged or asked so long ago and not rated or answered, ms. */
const lateMs = 300;
/**
 * Of the time, over a window of so many ms. What others always come before is put off core and on again for each datagram: cheap
 * for the little that is logged 5,000 times a second (a quarter of the time), dear for ten thousand viewers' bills.
 */
const busyShareMax = 0.4;
const windowMs = 1_000;
/** After it was behind or busy. */
const hurriedForMs = 10_000;

/** What there is to do. */
export interface Work {
  /** The log's end, and how far it is rated. */
  readonly logged: number;
  readonly rated: number;
  /** When the oldest question was asked that is not answered yet; null where there is none. */
  readonly askedMs: number | null;
  /** How long it has worked since its start. */
  readonly busyMs: number;
}

export class RatingPace {
  /** An end of the log that is not rated yet, and when it was seen. */
  #waiting: { readonly position: number; readonly sinceMs: number } | null = null;
  #window: { readonly sinceMs: number; readonly busyMs: number } | null = null;
  #hurriedUntilMs = Number.NEGATIVE_INFINITY;

  /** True while it is behind or busy, or was so a short while ago. To be asked again and again, by a clock that does not step. */
  isHurried(nowMs: number, { logged, rated, askedMs, busyMs }: Work): boolean {
    if (this.#waiting !== null && rated >= this.#waiting.position) this.#waiting = null;
    if (this.#waiting === null && logged > rated) this.#waiting = { position: logged, sinceMs: nowMs };
    const sinceMs = Math.min(this.#waiting?.sinceMs ?? nowMs, askedMs ?? nowMs);
    if (nowMs - sinceMs >= lateMs || this.#isBusy(nowMs, busyMs)) this.#hurriedUntilMs = nowMs + hurriedForMs;
    return nowMs < this.#hurriedUntilMs;
  }

  /** At the end of a window. */
  #isBusy(nowMs: number, busyMs: number): boolean {
    this.#window ??= { sinceMs: nowMs, busyMs };
    const tookMs = nowMs - this.#window.sinceMs;
    if (tookMs < windowMs) return false;
    const share = (busyMs - this.#window.busyMs) / tookMs;
    this.#window = { sinceMs: nowMs, busyMs };
    return share > busyShareMax;
  }
}
