/** What the receiving thread and the rating thread say to each other. */

import type { ClockSettings } from '../clock.ts';
import type { LiveFrames } from '../live/live-frames.ts';
import type { LogReading } from '../log/file-log.ts';
import type { PartitionProgress, StoreWriter } from '../store/store.ts';
import type { AccountFlag } from './rated-account.ts';

export interface RatingThreadData {
  readonly log: LogReading;
  readonly storeFile: string;
  readonly clock: ClockSettings;
}

/** Changes by people, done by the rating thread since it is the store's only writer. */
export type WriterMethod = Exclude<keyof StoreWriter, 'commit' | 'stage' | 'unstage' | 'bindInstance'>;
export type CallMethod = WriterMethod | 'snapshot' | 'stop';

export type ToRatingThread =
  | { readonly type: 'wake' }
  | { readonly type: 'unwatch'; readonly account: number }
  | { readonly type: 'call'; readonly id: number; readonly method: CallMethod; readonly args: readonly unknown[] };

export type FromRatingThread =
  /** `thread`: the kernel's number of it, null where it tells none. */
  | { readonly type: 'ready'; readonly progress: PartitionProgress; readonly thread: number | null }
  /** `asleep`: the log had nothing more, so what is appended after `progress` must wake the thread. */
  | { readonly type: 'progress'; readonly progress: PartitionProgress; readonly asleep: boolean }
  | { readonly type: 'live'; readonly frames: LiveFrames }
  /** Charges for other accounts were committed, to be put into the log. */
  | { readonly type: 'outgoing' }
  /** Use beyond what plans allow was committed. */
  | { readonly type: 'flagged'; readonly flags: readonly AccountFlag[] }
  | { readonly type: 'fault'; readonly text: string }
  | { readonly type: 'reply'; readonly id: number; readonly value: unknown }
  | {
      readonly type: 'refusal';
      readonly id: number;
      readonly code: string | null;
      readonly message: string;
      readonly details: unknown;
    };
