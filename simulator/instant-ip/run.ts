/** One replay from its first record to its last words: the file, the player, the keys and the target. */

import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InstantIpRecord } from '../../collectors/index.ts';
import { agrees, comparisonText, exactSum } from './bill-comparison.ts';
import { DaemonClient, DaemonRefusal } from './daemon-client.ts';
import { DaemonSink, RecordRefused } from './daemon-sink.ts';
import { InstantIpFeed } from './feed.ts';
import { commandOfKey, listenToKeys } from './keyboard.ts';
import { Player, type PlayerOutcome, type RecordSink } from './player.ts';
import { fileSource, type RecordSource } from './record-source.ts';
import { progressText, Screen } from './screen.ts';
import { startInstantIpServer } from './server.ts';
import { addToTally, emptyTally, type Tally, tallyTexts } from './tally.ts';
import { terminalDisplay } from './terminal-display.ts';

/** Compiled, this file is in dist/simulator/instant-ip and the pages are in dist/web. */
const webRoot = fileURLToPath(new URL('../../web', import.meta.url));
/** How long a stop by hand waits for the daemon's answer. */
const stoppingMsMax = 2_000;
const comparingMsMax = 10_000;
const compareEveryMs = 200;

export type ReplayTarget =
  | { readonly kind: 'terminal' }
  | {
      readonly kind: 'daemon';
      readonly url: URL;
      readonly token: string;
      readonly billToken: string;
      readonly account: string;
      readonly run: string;
      readonly keepTime: boolean;
    }
  | { readonly kind: 'server'; readonly host: string; readonly port: number; readonly startNow: boolean };

export interface ReplayOptions {
  readonly file: string;
  readonly lenient: boolean;
  readonly zone: string;
  readonly speed: number;
  readonly onError: 'stop' | 'skip';
  readonly target: ReplayTarget;
}

/** What a target needs around the playing. */
interface Stage {
  readonly sink: RecordSink;
  /** Resolves when the playing may begin. */
  begin(): Promise<void>;
  /** Something was wrong with a line. */
  onSaid(text: string): void;
  /** What the target took so far, in sentences. */
  texts(): readonly string[];
  /** Last words; true when the target took everything. */
  end(outcome: PlayerOutcome): Promise<boolean>;
  close(): Promise<void>;
}

interface Play {
  readonly options: ReplayOptions;
  readonly source: RecordSource;
  readonly screen: Screen;
  /** Aborted when the replay is stopped by hand. */
  readonly stopped: AbortSignal;
  /** Aborted a little later. */
  readonly abandoned: AbortSignal;
}

/** Answers the exit code: 0 well, 1 the target did not take everything, 2 the file is not what it should be. */
export async function runReplay(options: ReplayOptions): Promise<number> {
  const stopping = new AbortController();
  const abandoning = new AbortController();
  const stop = () => {
    if (stopping.signal.aborted) abandoning.abort();
    stopping.abort();
    player.command({ kind: 'stop' });
    setTimeout(() => abandoning.abort(), stoppingMsMax).unref();
  };
  const screen = new Screen(stop);
  const source = fileSource(options.file, { lenient: options.lenient, zone: options.zone });
  const play: Play = { options, source, screen, stopped: stopping.signal, abandoned: abandoning.signal };
  let tally: Tally = emptyTally;
  let stage: Stage | null = null;
  const sink: RecordSink = {
    show: async (item, unhurried) => {
      await stage!.sink.show(item, unhurried);
      tally = addToTally(tally, item.record);
    },
    flush: async () => stage?.sink.flush(),
  };
  const onSaid = ({ faults, warnings }: { faults: readonly string[]; warnings: readonly string[] }) => {
    for (const text of [...faults, ...warnings]) {
      screen.say(text);
      stage?.onSaid(text);
    }
  };
  const player = new Player({ source, sink, speed: options.speed, onError: options.onError, onSaid });
  const closeKeys = listenToKeys(process.stdin, (key) => {
    const command = commandOfKey(key, player.status().replay.mode);
    if (command === 'stop') stop();
    else if (command !== null) player.command({ kind: command });
  });
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    await source.peek();
    stage = await stageOf(play);
    screen.showProgress(() => progressText(player.status()));
    await stage.begin();
    const outcome = await player.play();
    screen.endProgress();
    const { skipped } = player.status();
    for (const text of tallyTexts(tally)) screen.say(text);
    if (skipped > 0)
      screen.say(
        `${skipped} ${skipped === 1 ? 'line was' : 'lines were'} skipped; totals may differ by what they held`,
      );
    for (const text of stage.texts()) screen.say(text);
    const taken = await stage.end(outcome);
    return outcome === 'faulty' ? 2 : taken ? 0 : 1;
  } catch (error) {
    screen.endProgress();
    for (const text of stage?.texts() ?? []) screen.say(text);
    screen.say(`meterd simulate instant-ip: ${abandoning.signal.aborted ? 'stopped' : (error as Error).message}`);
    return isTargetTrouble(error) || abandoning.signal.aborted ? 1 : 2;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    closeKeys();
    await source.close();
    await stage?.close();
    screen.close();
  }
}

/** What went wrong is not the file: the daemon, or the address to serve on. */
function isTargetTrouble(error: unknown): boolean {
  const { code } = error as { code?: string };
  return error instanceof DaemonRefusal || error instanceof RecordRefused || code === 'EADDRINUSE' || code === 'EACCES';
}

function stageOf(play: Play): Promise<Stage> | Stage {
  const { target } = play.options;
  switch (target.kind) {
    case 'terminal':
      return terminalStage(play);
    case 'daemon':
      return daemonStage(play, target);
    case 'server':
      return serverStage(play, target);
  }
}

function terminalStage({ screen }: Play): Stage {
  return {
    sink: terminalDisplay(screen.print),
    begin: async () => {},
    onSaid: () => {},
    texts: () => [],
    end: async () => true,
    close: async () => {},
  };
}

async function daemonStage(
  { options, screen, abandoned }: Play,
  target: ReplayTarget & { kind: 'daemon' },
): Promise<Stage> {
  const { url, token, billToken, account, run, keepTime } = target;
  const onRetry = (reason: string, waitMs: number) => screen.say(`${reason}; again in ${waitMs} ms`);
  const client = new DaemonClient({ url, token, billToken, account, signal: abandoned, onRetry });
  const firstAtMs = keepTime ? null : Math.floor((await client.clockMs()) / 1000) * 1000;
  const onVerdict = (text: string) => screen.say(text);
  const sink = new DaemonSink({ client, run, account, firstAtMs, onError: options.onError, onVerdict });
  let before: bigint | null = null;
  return {
    sink,
    begin: async () => {
      screen.say(`run ${run}: with the same --run, what was logged is not charged again`);
      if (!keepTime) before = await billSum(client);
    },
    onSaid: () => {},
    texts: () => sink.texts(),
    end: async () => {
      const why = keepTime ? 'the charges are on the bills of their own times' : 'the token may not read the bill';
      screen.say(before === null ? `${why}: not compared` : await compared(client, sink, before));
      return sink.verdicts.refused === 0;
    },
    close: async () => {},
  };
}

/** Rating follows the log, so the bill is given a while to grow. */
async function compared(client: DaemonClient, sink: DaemonSink, before: bigint): Promise<string> {
  const untilMs = performance.now() + comparingMsMax;
  for (;;) {
    const after = await billSum(client);
    if (after === null) return 'the bill could not be read again: not compared';
    if (agrees(after - before, sink.loggedThousandths) || performance.now() > untilMs) {
      return comparisonText(after - before, sink.loggedThousandths);
    }
    await new Promise((resolve) => setTimeout(resolve, compareEveryMs));
  }
}

async function billSum(client: DaemonClient): Promise<bigint | null> {
  const amounts = await client.billAmounts();
  return amounts === null ? null : exactSum(amounts);
}

async function serverStage(
  { options, source, screen, stopped }: Play,
  { host, port, startNow }: ReplayTarget & { kind: 'server' },
): Promise<Stage> {
  const stop = untilAborted(stopped);
  let greet = () => {};
  const firstViewer = new Promise<void>((resolve) => {
    greet = resolve;
  });
  const first: InstantIpRecord | null = (await source.peek())?.record ?? null;
  const feed = new InstantIpFeed(`Instant-IP: ${basename(options.file)}`, first, Date.now());
  const server = await startInstantIpServer({ host, port, feed, webRoot, onFirstViewer: greet });
  screen.say(`Instant-IP server: ${server.url}`);
  return {
    sink: {
      show: async ({ record }) => {
        feed.add(record);
        server.publish();
      },
      flush: async () => {},
    },
    begin: async () => {
      if (startNow) return;
      screen.say('the replay begins with the first viewer');
      await Promise.race([firstViewer, stop]);
    },
    onSaid: (text) => server.notice('warning', 'instant-ip-record', text),
    texts: () => [],
    end: async (outcome) => {
      if (outcome === 'stopped') return true;
      const text = outcome === 'ended' ? 'The replay has ended.' : 'The replay has stopped at a faulty record.';
      server.notice(outcome === 'ended' ? 'info' : 'error', `instant-ip-${outcome}`, text);
      screen.say('still serving; q or Ctrl-C ends it');
      await stop;
      return true;
    },
    close: () => server.stop(),
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
