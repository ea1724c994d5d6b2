/** What `GET /api/health` says: the laws of DESIGN §1, and how the daemon is. */
import type { FlowHealthView } from './flows.ts';

/** The two conservation laws of DESIGN §1, counted since the store was made unless said otherwise. */
export interface ConservationView {
  readonly collector: string;
  readonly received: number;
  readonly logged: number;
  readonly suspended: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly answeredFromCache: number;
  /** received − (logged + suspended + refused + answered from the cache + in flight); 0 when the law holds. */
  readonly difference: number;
}

export interface WaitingSubjectView {
  /** Of an identity, `account`, or `device` where the records name nobody. */
  readonly kind: string;
  /** As it was sent: it may have control characters. */
  readonly value: string;
  /** Of a local-id. */
  readonly provider?: string;
  readonly count: number;
  readonly reason: string;
  /** Other subjects that these records name, and how many records, listed here or not, wait for each; a few of them. */
  readonly also: readonly {
    readonly kind: string;
    readonly value: string;
    readonly provider?: string;
    readonly count: number;
  }[];
}

export interface HealthView {
  readonly verdict: 'ok' | 'warning' | 'critical';
  /** One sentence that says what is the matter, or that all is well. */
  readonly summary: string;
  readonly asOfMs: number;
  readonly startedAtMs: number;
  readonly version: string;
  /** Since the daemon's start. */
  readonly collectors: readonly ConservationView[];
  /** Since the store was made: logged = rated + withoutUse + duplicate + quarantined + waiting. */
  readonly partition: {
    readonly logged: number;
    readonly rated: number;
    readonly withoutUse: number;
    readonly duplicate: number;
    readonly quarantined: number;
    readonly waiting: number;
    readonly difference: number;
    /** Age of the oldest waiting entry, ms; null when none waits. */
    readonly oldestWaitingMs: number | null;
  };
  /** Sum of posted charges against the sum of the accounts' shown totals, per currency. */
  readonly money: readonly {
    readonly currency: string;
    readonly posted: string;
    readonly onBills: string;
    readonly difference: string;
  }[];
  readonly suspense: {
    readonly waiting: number;
    readonly released: number;
    /** Those with most records; each record is counted under its first subject only, so all add up to `waiting`. */
    readonly subjects: readonly WaitingSubjectView[];
  };
  readonly devices: readonly {
    readonly device: string;
    readonly client: string;
    readonly lastSeenMs: number;
    readonly received: number;
    readonly refused: number;
    readonly clockSkewMs: number | null;
  }[];
  /** Null where no flow exporter is configured. */
  readonly flows: FlowHealthView | null;
  readonly process: {
    readonly rssBytes: number;
    readonly uptimeSeconds: number;
    readonly receiveBufferBytes: number | null;
    readonly kernelDrops: number | null;
  };
}
