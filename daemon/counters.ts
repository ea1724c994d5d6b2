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
  /** Answers to Status-Server, which is no record: no part of the law. */
  statusAnswered = 0;
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
/** A part of what the health page shows, so that devices stay in sight. */
const strangersMax = 100;

/**
 * Devices by name, and apart from them senders of what did not verify, so that a flood of forgeries from many addresses
 * displaces no device. Both are bounded: beyond its limit the one seen longest ago is forgotten.
 */
export class DeviceSights {
  readonly #devices = new Map<string, DeviceSight>();
  readonly #strangers = new Map<string, DeviceSight>();
  /** The last of the devices: reports of one come in rows. */
  #last: DeviceSight | null = null;

  /** A verified request of a device. */
  see(device: string, client: string, atMs: number): DeviceSight {
    const last = this.#last;
    const sight = last?.device === device ? last : seen(this.#devices, { device, client, atMs }, devicesMax);
    this.#last = sight;
    sight.lastSeenMs = atMs;
    sight.received++;
    const stranger = this.#strangers.size === 0 ? undefined : this.#strangers.get(device);
    if (stranger) {
      sight.refused += stranger.refused;
      this.#strangers.delete(device);
    }
    return sight;
  }

  /** Something refused from an address, which is a device of its own where none goes by that name. */
  refuse(device: string, client: string, atMs: number): void {
    const sights = this.#devices.has(device) ? this.#devices : this.#strangers;
    // It may become the last of the devices.
    this.#last = null;
    seen(sights, { device, client, atMs }, strangersMax).refused++;
  }

  all(): DeviceSight[] {
    return [...this.#devices.values(), ...this.#strangers.values()];
  }
}

/** Finds or notes a sight, and makes it the last of the map, which is therefore in order of last sight. */
function seen(
  sights: Map<string, DeviceSight>,
  { device, client, atMs }: { readonly device: string; readonly client: string; readonly atMs: number },
  max: number,
): DeviceSight {
  const known = sights.get(device);
  const sight = known ?? { device, client, lastSeenMs: atMs, received: 0, refused: 0, clockSkewMs: null };
  sight.lastSeenMs = atMs;
  if (known) sights.delete(device);
  else if (sights.size >= max) sights.delete(sights.keys().next().value!);
  sights.set(device, sight);
  return sight;
}
