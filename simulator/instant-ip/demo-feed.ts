/**
 * The demo's other provider: posts the records of a file to a daemon as already priced charges, each at the time it is
 * sent, with the file's own delays, over and over.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { InstantIpReader, type InstantIpRecord } from '../../collectors/index.ts';
import { DaemonClient } from './daemon-client.ts';
import { chargeEvent } from './usage-event.ts';

export interface DemoFeedOptions {
  readonly url: string;
  /** May post priced charges and credits, and name accounts. */
  readonly token: string;
  readonly account: string;
  readonly file: string | URL;
  /** The daemon's clock, UTC epoch ms. */
  readonly clock: () => number;
  readonly onFault: (cause: unknown) => void;
}

export interface DemoFeed {
  stop(): Promise<void>;
}

export function startDemoFeed(options: DemoFeedOptions): DemoFeed {
  const stopping = new AbortController();
  const { signal } = stopping;
  const client = new DaemonClient({ ...options, billToken: options.token, url: new URL(options.url), signal });
  const records = recordsOf(options.file);
  const playing = play(records, client, options, signal).catch((cause: unknown) => {
    if (!signal.aborted) options.onFault(cause);
  });
  return {
    stop: async () => {
      stopping.abort();
      await playing;
    },
  };
}

async function play(
  records: readonly InstantIpRecord[],
  client: DaemonClient,
  { account, clock }: DemoFeedOptions,
  signal: AbortSignal,
): Promise<void> {
  for (let n = 0; !signal.aborted; n++) {
    const record = records[n % records.length]!;
    const dateTimeMs = Math.floor(clock() / 1_000) * 1_000;
    await client.post([chargeEvent(n + 1, { ...record, dateTimeMs }, { run: 'demo', account, shiftMs: 0 })]);
    await pause(Math.max(1, record.timeDelaySeconds) * 1_000, undefined, { signal });
  }
}

function recordsOf(file: string | URL): InstantIpRecord[] {
  const reader = new InstantIpReader({ file: String(file) });
  const entries = [...reader.push(readFileSync(file)), ...reader.end()];
  const records = entries.flatMap(({ record }) => (record === null ? [] : [record]));
  if (records.length === 0) throw new Error(`${String(file)} has no record to replay`);
  return records;
}
