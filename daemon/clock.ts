/**
 * The daemon's clock: real, or simulated for demonstrations and tests (`clock: {start, speed}`, DESIGN §6).
 *
 * Real time is that of a *steady* clock. The machine's own may be set, by a person or by NTP, and a jump of it would
 * place use in the wrong month, make silent sessions of all, and make a session look like the next of its id, whose
 * counters count from zero. So the machine's clock is asked once, at the start; then time runs by its monotonic one, and
 * what the two differ by is made up for by running a tenth faster or slower, as adjtime does. Differences below a second
 * are taken over at once, and so is the time a machine slept, which the monotonic clock does not count.
 */
import { readFileSync } from 'node:fs';

export interface ClockSettings {
  /** UTC epoch ms at which simulated time begins; null: now. */
  readonly startMs: number | null;
  /** Simulated seconds in a real second; 1 is real time. */
  readonly speed: number;
  /** Real UTC epoch ms at which the simulated time begins; the threads of one daemon share it. */
  readonly originMs: number;
}

/** What a machine knows of time, all in ms. */
export interface MachineTime {
  /** UTC epoch, as far as the machine's clock is right. May jump. */
  wallMs(): number;
  /** From any beginning; never goes back. */
  monotonicMs(): number;
  /** As the monotonic one, and counts sleep; null where the machine does not tell. */
  sinceBootMs(): number | null;
}

export const machineTime: MachineTime = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sinceBootMs: () => {
    try {
      return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
    } catch {
      return null;
    }
  },
};

const comparedEveryMs = 1_000;
/** Differences of clocks that are one, read one after the other. */
const takenOverMs = 1_000;
const slewPart = 0.1;

export class SteadyClock {
  readonly #machine: MachineTime;
  #offsetMs: number;
  #comparedAtMs: number;
  #sleptMs: number;
  /** What the machine's clock is ahead of this one; 0 where they are one. */
  differenceMs = 0;

  constructor(machine: MachineTime = machineTime) {
    this.#machine = machine;
    this.#comparedAtMs = machine.monotonicMs();
    this.#offsetMs = machine.wallMs() - this.#comparedAtMs;
    this.#sleptMs = this.#sleptSoFarMs() ?? 0;
  }

  /** UTC epoch ms, whole. */
  readonly now = (): number => {
    const monotonicMs = this.#machine.monotonicMs();
    if (monotonicMs - this.#comparedAtMs >= comparedEveryMs) this.#compare(monotonicMs);
    return Math.floor(monotonicMs + this.#offsetMs);
  };

  #compare(monotonicMs: number): void {
    const elapsedMs = monotonicMs - this.#comparedAtMs;
    this.#comparedAtMs = monotonicMs;
    const differenceMs = this.#machine.wallMs() - (monotonicMs + this.#offsetMs);
    if (Math.abs(differenceMs) < takenOverMs) return this.#takeOver(differenceMs, 0);
    const sleptMs = this.#sleptSoFarMs() ?? this.#sleptMs;
    const asleepMs = sleptMs - this.#sleptMs;
    this.#sleptMs = sleptMs;
    if (asleepMs >= takenOverMs) return this.#takeOver(asleepMs, differenceMs - asleepMs);
    const slewMs = Math.sign(differenceMs) * Math.min(Math.abs(differenceMs), elapsedMs * slewPart);
    this.#takeOver(slewMs, differenceMs - slewMs);
  }

  #takeOver(byMs: number, restMs: number): void {
    this.#offsetMs += byMs;
    this.differenceMs = Math.abs(restMs) < takenOverMs ? 0 : restMs;
  }

  #sleptSoFarMs(): number | null {
    const sinceBootMs = this.#machine.sinceBootMs();
    return sinceBootMs === null ? null : sinceBootMs - this.#machine.monotonicMs();
  }
}

/** Returns the function that tells the time in UTC epoch ms. */
export function makeClock(settings: ClockSettings, steady: SteadyClock): () => number {
  if (settings.startMs === null && settings.speed === 1) return steady.now;
  const startMs = settings.startMs ?? settings.originMs;
  return () => Math.floor(startMs + (steady.now() - settings.originMs) * settings.speed);
}
