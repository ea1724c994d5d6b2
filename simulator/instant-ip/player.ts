/**
 * Plays a source: takes each record when the replay machine says that it is due, and has it shown before the delay
 * after it begins. The only part that waits.
 */
import type { InstantIpRecord } from '../../collectors/index.ts';
import type { RecordSource, SourceItem } from './record-source.ts';
import {
  dueInMs,
  initialReplay,
  isOver,
  type ReplayInput,
  type ReplayState,
  reduceReplay,
  remainingMs,
} from './replay.ts';

/** Where records go: a terminal, a daemon, a display. */
export interface RecordSink {
  /** Shows one record; the delay after it begins when this is done. `unhurried` tells that someone waits to see it. */
  show(item: SourceItem & { readonly record: InstantIpRecord }, unhurried: boolean): Promise<void>;
  /** Nothing more comes for now: whatever is held back must go. */
  flush(): Promise<void>;
}

export interface PlayerOptions {
  readonly source: RecordSource;
  readonly sink: RecordSink;
  readonly speed: number;
  readonly onError: 'stop' | 'skip';
  /** Told of faults and warnings, in the order of the file, before the record they belong to. */
  readonly onSaid: (item: SourceItem) => void;
  /** A steady clock, ms. */
  readonly now?: () => number;
}

export interface PlayerStatus {
  readonly replay: ReplayState;
  readonly shown: number;
  readonly skipped: number;
  /** Line of the last item. */
  readonly line: number;
  /** File time before the next record. */
  readonly nextInMs: number;
}

/** `ended`: the whole file; `stopped`: by hand; `faulty`: at a line that is no record. */
export type PlayerOutcome = 'ended' | 'stopped' | 'faulty';

export class Player {
  readonly #options: PlayerOptions;
  readonly #now: () => number;
  #replay: ReplayState;
  #wake: () => void = () => {};
  #shown = 0;
  #skipped = 0;
  #line = 0;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#replay = initialReplay(options.speed, this.#now());
  }

  status(): PlayerStatus {
    const nextInMs = remainingMs(this.#replay, this.#now());
    return { replay: this.#replay, shown: this.#shown, skipped: this.#skipped, line: this.#line, nextInMs };
  }

  command(input: Exclude<ReplayInput, { kind: 'shown' }>): void {
    this.#take(input);
    this.#wake();
  }

  /** Rejects when the file can't be read or the sink can't show a record. */
  async play(): Promise<PlayerOutcome> {
    const { source, sink, onError, onSaid } = this.#options;
    for (;;) {
      const ahead = await source.peek();
      if (ahead === null) {
        await sink.flush();
        this.#take({ kind: 'end' });
        return this.#replay.mode === 'stopped' ? 'stopped' : 'ended';
      }
      if (!(await this.#untilDue())) return 'stopped';
      await source.take();
      this.#line = ahead.line;
      if (ahead.faults.length > 0 || ahead.warnings.length > 0) onSaid(ahead);
      if (ahead.record !== null) await this.#show({ ...ahead, record: ahead.record });
      else if (onError === 'stop' || ahead.unreadable) {
        await sink.flush();
        this.#take({ kind: 'stop' });
        return 'faulty';
      } else this.#skipped++;
    }
  }

  async #show(item: SourceItem & { readonly record: InstantIpRecord }): Promise<void> {
    const unhurried = this.#replay.mode === 'paused' || Number.isFinite(this.#replay.speed);
    await this.#options.sink.show(item, unhurried);
    this.#shown++;
    this.#take({ kind: 'shown', delaySeconds: item.record.timeDelaySeconds });
  }

  /** Waits for the next record's time; false when the replay was stopped instead. */
  async #untilDue(): Promise<boolean> {
    for (;;) {
      if (isOver(this.#replay)) {
        await this.#options.sink.flush();
        return false;
      }
      const dueMs = dueInMs(this.#replay, this.#now());
      if (dueMs === 0) return true;
      await this.#options.sink.flush();
      await this.#sleep(dueMs);
    }
  }

  /** Until a time has passed, if one is given, or a command comes. */
  async #sleep(forMs: number | null): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = forMs === null ? undefined : setTimeout(resolve, Math.ceil(forMs));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => {};
  }

  #take(input: ReplayInput): void {
    this.#replay = reduceReplay(this.#replay, input, this.#now());
  }
}
