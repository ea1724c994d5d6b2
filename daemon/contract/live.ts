/** What is said over `WS /api/live` (DESIGN §7). */
import type { AllowanceView, BillLineView, BillView, OpenSessionView } from '../contract.ts';

export interface LiveSubscribe {
  readonly subscribe: string;
  /** Last sequence number the client has; with it the server sends only what is missing, or a fresh `bill`. */
  readonly since?: number;
}

export type LiveMessage =
  | { readonly type: 'bill'; readonly bill: BillView }
  | {
      readonly type: 'charges';
      readonly account: string;
      /** Sequence number before the first of `charges`: a client that is not there asks for a fresh `bill`. */
      readonly fromSeq: number;
      readonly seq: number;
      readonly total: string;
      readonly balance: string;
      /** When the first of what it tells anew was committed, UTC epoch ms; absent where nothing is new. */
      readonly committedMs?: number;
      readonly asOfMs: number;
      readonly lines: readonly BillLineView[];
      readonly allowances: readonly AllowanceView[];
      readonly sessions: readonly OpenSessionView[];
      readonly sessionCount: number;
      readonly charges: readonly LiveCharge[];
    }
  | {
      /** Running estimate of what open sessions have used since their last report; not posted, not in the total. */
      readonly type: 'projection';
      readonly account: string;
      /** Sequence number of the bill it builds on. */
      readonly seq: number;
      readonly asOfMs: number;
      /** What would be added to the total if the sessions reported now. */
      readonly amount: string;
      readonly total: string;
      readonly sessions: readonly OpenSessionView[];
    }
  | {
      readonly type: 'notice';
      readonly level: 'info' | 'warning' | 'error';
      readonly code: string;
      readonly text: string;
    };

/** One posted charge, with the fields of an Instant-IP record (REQUIREMENTS I1) in `usage`. */
export interface LiveCharge {
  readonly seq: number;
  readonly at: string;
  readonly usage: {
    readonly description: string;
    readonly additional: string;
    readonly units: string;
    readonly unit: string;
    readonly vendor: string;
    readonly attribution: string;
  };
  /** At the plan's scale. */
  readonly charge: string;
  readonly currency: string;
  /** Bill total and balance after this charge. */
  readonly total: string;
  readonly balance: string;
}
