/**
 * Shows records to a daemon: each at once while someone waits to see it, else in batches. Counts the verdicts; a record
 * that the daemon refuses is told with its line.
 */
import { type InstantIpRecord, printThousandths } from '../../collectors/index.ts';
import type { DaemonClient } from './daemon-client.ts';
import type { RecordSink } from './player.ts';
import { type ChargeEvent, chargeEvent } from './usage-event.ts';

/** A tenth of what the daemon takes at once (docs/api.md): a refused or lost batch is soon repeated. */
const batchOctetsMax = 800_000;
const batchEventsMax = 1_000;

export interface DaemonSinkOptions {
  readonly client: Pick<DaemonClient, 'post'>;
  readonly run: string;
  readonly account: string;
  /** The time the first record is given, UTC epoch ms of a whole second; null keeps the file's times. */
  readonly firstAtMs: number | null;
  readonly onError: 'stop' | 'skip';
  /** Told of each record that is suspended or refused. */
  readonly onVerdict: (text: string) => void;
}

/** The daemon refused a record, and that ends the replay. */
export class RecordRefused extends Error {}

export class DaemonSink implements RecordSink {
  readonly #options: DaemonSinkOptions;
  readonly verdicts = { logged: 0, duplicate: 0, suspended: 0, refused: 0 };
  #logged = 0n;
  #perhapsLogged = 0n;
  #shiftMs: number | null = null;
  #waiting: { event: ChargeEvent; record: InstantIpRecord }[] = [];
  #octets = 0;

  constructor(options: DaemonSinkOptions) {
    this.#options = options;
  }

  /**
   * What the bill may have grown by, thousandths: the charges logged, and, when an answer was lost on the way, with those
   * that were there already at the second attempt.
   */
  get loggedThousandths(): readonly [bigint, ...bigint[]] {
    return this.#perhapsLogged === 0n ? [this.#logged] : [this.#logged, this.#logged + this.#perhapsLogged];
  }

  async show({ line, record }: { line: number; record: InstantIpRecord }, unhurried: boolean): Promise<void> {
    const { firstAtMs, run, account } = this.#options;
    this.#shiftMs ??= firstAtMs === null ? 0 : firstAtMs - record.dateTimeMs;
    const event = chargeEvent(line, record, { run, account, shiftMs: this.#shiftMs });
    const octets = Buffer.byteLength(JSON.stringify(event)) + 1;
    if (this.#octets + octets > batchOctetsMax || this.#waiting.length >= batchEventsMax) await this.flush();
    this.#waiting.push({ event, record });
    this.#octets += octets;
    if (unhurried) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#octets = 0;
    const { verdicts, again } = await this.#options.client.post(batch.map(({ event }) => event));
    let refused: string | null = null;
    for (const [index, { id, verdict, reason }] of verdicts.entries()) {
      this.verdicts[verdict]++;
      const charge = batch[index]!.record.chargeThousandths;
      if (verdict === 'logged') this.#logged += charge;
      if (verdict === 'duplicate' && again) this.#perhapsLogged += charge;
      const because = reason === '' ? '' : `: ${reason}`;
      if (verdict === 'suspended' || verdict === 'refused') this.#options.onVerdict(`line ${id}: ${verdict}${because}`);
      if (verdict === 'refused') refused ??= `the daemon refused line ${id}${because}`;
    }
    if (refused !== null && this.#options.onError === 'stop') throw new RecordRefused(refused);
  }

  /** Sentences for the end of a replay. */
  texts(): string[] {
    const { logged, duplicate, suspended, refused } = this.verdicts;
    const sum = printThousandths(this.#logged);
    return [
      `the daemon logged ${logged} (charges ${sum}), had ${duplicate} already, suspended ${suspended}, refused ${refused}`,
    ];
  }
}
