/** The daemon's clock: real, or simulated for demonstrations and tests (`clock: {start, speed}`, DESIGN §6). */
export interface ClockSettings {
  /** UTC epoch ms at which simulated time begins; null: now. */
  readonly startMs: number | null;
  /** Simulated seconds in a real second; 1 is real time. */
  readonly speed: number;
  /** Real UTC epoch ms at which the simulated time begins; the threads of one daemon share it. */
  readonly originMs: number;
}

/** Returns the function that tells the time in UTC epoch ms. */
export function makeClock(settings: ClockSettings): () => number {
  if (settings.startMs === null && settings.speed === 1) return Date.now;
  const startMs = settings.startMs ?? settings.originMs;
  return () => Math.floor(startMs + (Date.now() - settings.originMs) * settings.speed);
}
