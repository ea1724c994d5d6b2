/**
 * Counters of one collector since the daemon's start, for the law received = logged + suspended + refused + answered
 * again from the cache (+ in flight). Plain numbers: the hot path adds one, metrics and health read them.
 */
import type { ConservationView } from './contract.ts';

export class CollectorCounters {
  readonly collector: string;
  received = 0;
  logged = 0;
  suspended = 0;
  answeredFromCache = 0;
  inFlight = 0;
  /** Answers that could not be sent, and other faults of the socket; no part of the law. */
  socketErrors = 0;
  readonly refused: Record<string, number> = {};

  constructor(collector: string) {
    this.collector = collector;
  }

  refuse(reason: string): void {
    this.refused[reason] = (this.refused[reason] ?? 0) + 1;
  }

  view(): ConservationView {
    const refused = Object.values(this.refused).reduce((sum, count) => sum + count, 0);
    const accounted = this.logged + this.suspended + refused + this.answeredFromCache + this.inFlight;
    return {
      collector: this.collector,
      received: this.received,
      logged: this.logged,
      suspended: this.suspended,
      refused: { ...this.refused },
      answeredFromCache: this.answeredFromCache,
      difference: this.received - accounted,
    };
  }
}

/** What is known of one device: its last sign of life, and how far its clock is off. */
export interface DeviceSight {
  readonly device: string;
  readonly client: string;
  lastSeenMs: number;
  received: number;
  refused: number;
  clockSkewMs: number | null;
}

const devicesMax = 20_000;

/** Devices by name, bounded: beyond the limit the one seen longest ago is forgotten. */
export class DeviceSights {
  readonly #sights = new Map<string, DeviceSight>();

  see(device: string, client: string, atMs: number): DeviceSight {
    const known = this.#sights.get(device);
    if (known) {
      known.lastSeenMs = atMs;
      return known;
    }
    if (this.#sights.size >= devicesMax) this.#forgetOldest();
    const sight = { device, client, lastSeenMs: atMs, received: 0, refused: 0, clockSkewMs: null };
    this.#sights.set(device, sight);
    return sight;
  }

  all(): DeviceSight[] {
    return [...this.#sights.values()];
  }

  #forgetOldest(): void {
    let oldest: DeviceSight | null = null;
    for (const sight of this.#sights.values()) {
      if (oldest === null || sight.lastSeenMs < oldest.lastSeenMs) oldest = sight;
    }
    if (oldest) this.#sights.delete(oldest.device);
  }
}
