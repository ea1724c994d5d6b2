/** What the bench asks of every server it measures, and what it learns of it. */
import type { GeneratorRun, Load } from './generator.ts';

export interface ServerUnderTest {
  readonly name: string;
  /** What stands behind an answer of this server, for the table. */
  readonly does: string;
  /** Why it can't be measured here, or null. */
  missing(): Promise<string | null>;
  /** Starts it, ready to answer, with everything it writes below `folder`. */
  start(folder: string, load: Load): Promise<RunningServer>;
}

export interface RunningServer {
  readonly port: number;
  readonly secret: string;
  /** Processes whose CPU and memory count, with their children. */
  readonly processIds: readonly number[];
  /** Waits until the server has done with what it answered; checks that nothing is lost where that costs it nothing. */
  settle(run: GeneratorRun): Promise<Settled>;
  /** Checks the rest, once the server's CPU time was read: what differs, in words, none where nothing is lost. */
  audit?(run: GeneratorRun): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export interface Settled {
  /** Records rated and durable per second of load and backlog together; null where nothing is rated. */
  readonly ratedPerSecond: number | null;
  /** What is missing of what was answered, in words; "0" for nothing, "-" where it isn't checked. */
  readonly lost: string;
  readonly notes: readonly string[];
}

export type Measurement =
  | { readonly kind: 'skipped' | 'failed'; readonly name: string; readonly does: string; readonly reason: string }
  | {
      readonly kind: 'measured';
      readonly name: string;
      readonly does: string;
      readonly answered: number;
      readonly answeredPerSecond: number;
      readonly ratedPerSecond: number | null;
      /** To the answer; in a paced run from the moment the record was due. */
      readonly p50Ms: number;
      readonly p99Ms: number;
      readonly retransmitted: number;
      readonly unanswered: number;
      readonly lost: string;
      readonly memoryBytes: number;
      readonly cpuMicrosecondsPerRecord: number;
      /** Of one core. Near 1 the generator, not the server, is what was measured. */
      readonly generatorCpuShare: number;
      readonly notes: readonly string[];
    };
