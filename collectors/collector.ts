/**
 * The seam types between the collectors and the rest: what arrives (`Datagram`) and what a collector makes of it
 * (`UsageRecord`). Data only; nothing here knows a socket, a clock or an account.
 */

/** One datagram as the network gave it. Times are arrival, UTC epoch ms. */
export interface Datagram {
  readonly bytes: Uint8Array;
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly receivedAtMs: number;
}

/**
 * A meter's name (DESIGN §2): `time` s, `octets-in` and `octets-out` B as the subscriber sees them (in = download),
 * `messages`, `storage`, …, or `x-…` counted by one.
 */
export type Meter = string;

/** One meter's value in its base unit. 64-bit counters never pass through a double, hence bigint. */
export interface MeterReading {
  readonly meter: Meter;
  readonly quantity: bigint;
}

/**
 * Use of one meter at once is less than this: the store's rows hold 63 bits, and what came in and went out may be charged
 * together. No session and no event uses so much.
 */
export const useQuantityMax = 1n << 62n;

/** Whom a record is about, in the words of its source; the guide finds the account. */
export interface Subject {
  readonly kind: 'login' | 'station' | 'address' | 'prefix' | 'local-id' | 'account';
  readonly value: string;
  /** The provider whose local id this is, where `kind` is `local-id`. */
  readonly provider?: string;
}

/** What a session record says of its session's life (RFC 2866 §5.1); `event` is use without a
 * session, `other` a status that says nothing of use (tunnel and failure reports): recorded, answered, never charged. */
export type RecordStatus = 'start' | 'interim' | 'stop' | 'accounting-on' | 'accounting-off' | 'event' | 'other';

/** One report of use, verified and decoded, not yet guided to an account. */
export interface UsageRecord {
  /**
   * The same event always has the same key; different ones never share one within a source. Empty for reports of
   * sessions, which their sessions' counters and times tell apart (daemon/mediation/session.ts).
   */
  readonly key: string;
  readonly status: RecordStatus;
  /** Most specific first; the guide takes the first that is known. Empty for accounting-on and -off. */
  readonly subjects: readonly Subject[];
  readonly readings: readonly MeterReading[];
  /** Cumulative readings count from the session's start; the others are this record's own use. */
  readonly cumulative: boolean;
  /** UTC epoch ms. For session records `endMs` is the event's time and `startMs` the session's start. */
  readonly startMs: number;
  readonly endMs: number;
  /** The session's start is known from this record, by its Session-Time or because it is the Start. */
  readonly startKnown: boolean;
  /** The device told no time of the event: `endMs` is its arrival, less a delay where it told one. */
  readonly timedByArrival?: true | undefined;
  readonly source: RecordSource;
  readonly attributes: Readonly<Record<string, string>>;
  /** Of use that came with its price, which then has no readings (DESIGN §8). */
  readonly priced?: PricedUsage;
}

/** An already priced use, as its vendor told it: fields of the Instant-IP record (REQUIREMENTS I1). */
export interface PricedUsage {
  readonly description: string;
  readonly additional: string;
  /** Thousandths of `unit`, ≥ 0. */
  readonly units: bigint;
  readonly unit: string;
  readonly vendor: string;
  /** Thousandths of `currency`; negative is a credit. */
  readonly charge: bigint;
  readonly currency: string;
  readonly attribution: string;
}

/** Where a record comes from. `device` is unique among all clients: group and NAS identity. */
export interface RecordSource {
  readonly collector: string;
  readonly device: string;
  /** Session id within the device; absent for use without a session. */
  readonly session?: string;
  /** True where octet counters of this record are full 64-bit values (Gigawords were sent). */
  readonly wide?: boolean;
}
