/**
 * How often sign-in may fail: so many times per key (a login, a client address) in a window that begins with the first
 * failure. An attempt is counted before its password is checked and taken back when it was right, so that a thousand
 * attempts at once are no way around it.
 */
export interface ThrottleLimits {
  readonly failuresMax: number;
  readonly windowMs: number;
  /** Keys remembered; beyond them the oldest window is forgotten. */
  readonly keysMax: number;
}

export class Throttle {
  readonly #limits: ThrottleLimits;
  readonly #nowMs: () => number;
  readonly #windows = new Map<string, { sinceMs: number; count: number }>();

  constructor(limits: ThrottleLimits, nowMs: () => number = () => Date.now()) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** Counts an attempt; false where the key has none left, and then it isn't counted. */
  take(key: string): boolean {
    const nowMs = this.#nowMs();
    const known = this.#windows.get(key);
    if (known && nowMs - known.sinceMs < this.#limits.windowMs) {
      if (known.count >= this.#limits.failuresMax) return false;
      known.count++;
      return true;
    }
    this.#windows.delete(key);
    if (this.#windows.size >= this.#limits.keysMax) this.#forgetOldest();
    this.#windows.set(key, { sinceMs: nowMs, count: 1 });
    return true;
  }

  /** How long until a key whose attempts are used up has some again. */
  waitMs(key: string): number {
    const known = this.#windows.get(key);
    return known === undefined ? 0 : Math.max(0, known.sinceMs + this.#limits.windowMs - this.#nowMs());
  }

  /** The attempt was no failure. */
  giveBack(key: string): void {
    const known = this.#windows.get(key);
    if (known === undefined) return;
    known.count--;
    if (known.count <= 0) this.#windows.delete(key);
  }

  /** A map keeps the order of insertion, and windows are inserted when they begin. */
  #forgetOldest(): void {
    for (const key of this.#windows.keys()) {
      this.#windows.delete(key);
      return;
    }
  }
}
