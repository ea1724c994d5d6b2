import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { waitingSubject } from '../../../collectors/index.ts';
import type { FlowWindow } from '../../../daemon/flows/flow-window.ts';
import { noWindows, sequencesNote, WindowLogger } from '../../../daemon/flows/window-logger.ts';
import type { LogNote, UsageLog } from '../../../daemon/log/usage-log.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { openTestLog } from '../../fixtures/usage-log.ts';

let folder: string;
let log: UsageLog;
const faults: string[] = [];

afterEach(async () => {
  await log.close();
  faults.length = 0;
});

type Fate = 'fails' | 'is durable, and fails' | 'is well';
/** What becomes of the appends, in order, then of all others. */
interface Appends {
  readonly fates?: readonly Fate[];
  readonly afterwards?: Fate;
  readonly onFailure?: () => void;
}

function loggerOn({ fates = [], afterwards = 'is well', onFailure = () => {} }: Appends = {}): WindowLogger {
  let appends = 0;
  return new WindowLogger({
    log,
    pipeline: {
      appendWindow: async (entries, suspended, note: LogNote | null) => {
        const fate = fates[appends++] ?? afterwards;
        if (fate !== 'fails') await log.append(entries, suspended, 0, note);
        if (fate === 'is well') return;
        onFailure();
        throw new Error('disk I/O error');
      },
      release: async () => 0,
    },
    guide: { holderOf: () => null },
    windowFile: join(folder, 'flow-window'),
    classNames: ['', 'voip'],
    suspendedMax: 100_000,
    now: () => 0,
    onFault: (text) => faults.push(text),
  });
}

function begin(): void {
  folder = tempFolder();
  log = openTestLog(folder);
}

/** So many sums of 1, 2, 3, … octets in; each tenth waits for the holder of an address of its own. */
function windowOf(count: number, sequences = '[["192.0.2.1",9,0,77,0,0]]'): FlowWindow {
  const waiting: string[] = [];
  const subjects = Int32Array.from({ length: count }, (_, at) =>
    at % 10 === 9 ? waitingSubject + waiting.push(`10.0.${at >> 8}.${at & 255}`) - 1 : 1 + at,
  );
  return {
    ...{ count, waiting, sequences, subjects },
    classes: Int32Array.from({ length: count }, (_, at) => at % 2),
    startMs: new Float64Array(count).fill(1_000),
    endMs: new Float64Array(count).fill(2_000),
    octetsIn: BigUint64Array.from({ length: count }, (_, at) => BigInt(at + 1)),
    octetsOut: new BigUint64Array(count),
  };
}

/** Octets of all records in the log and in suspense, each as often as it is there, in order of size. */
async function octetsThere(): Promise<number[]> {
  const logged = (await log.readAfter(0, 1_000_000)).flatMap(({ entries }) =>
    entries.flatMap((entry) => (entry.kind === 'usage' ? [entry.record] : [])),
  );
  const suspended = (await log.suspense(0, 1_000_000)).map(({ record }) => record);
  return [...logged, ...suspended].map(({ readings }) => Number(readings[0]!.quantity)).sort((a, b) => a - b);
}

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

describe('a window of several parts', () => {
  it('is logged once, with the numbering at its end, and keeps nothing beside the log', async () => {
    begin();
    const logger = loggerOn();
    await logger.start();
    const counts = noWindows();
    await logger.log(windowOf(4_500), counts);
    expect(await octetsThere()).toEqual(upTo(4_500));
    expect(counts).toMatchObject({
      windows: 1,
      entries: 4_050,
      refused: 0n,
      received: counts.logged + counts.suspended,
    });
    const next = loggerOn();
    await next.start();
    expect(next.sequences).toBe('[["192.0.2.1",9,0,77,0,0]]');
    expect(await octetsThere()).toEqual(upTo(4_500));
    expect(readdirSync(folder).filter((name) => name.startsWith('flow-window'))).toEqual([]);
  });

  it.each([
    ['before the first part', ['fails']],
    ['with the first part durable', ['is durable, and fails']],
    ['before the second part', ['is well', 'fails']],
    ['with the second part durable', ['is well', 'is durable, and fails']],
    ['before the last part', ['is well', 'is well', 'fails']],
    ['with all of it durable', ['is well', 'is well', 'is durable, and fails']],
  ] as [string, Fate[]][])('over which the daemon dies %s is wholly logged by the next, once', async (_, fates) => {
    begin();
    const dying = loggerOn({ fates, afterwards: 'fails', onFailure: () => dying.stop() });
    await dying.start();
    await dying.log(windowOf(4_500, '[["192.0.2.1",9,0,99,0,0]]'), noWindows());
    const next = loggerOn();
    await next.start();
    expect(await octetsThere()).toEqual(upTo(4_500));
    expect(next.sequences).toBe('[["192.0.2.1",9,0,99,0,0]]');
    const third = loggerOn();
    await third.start();
    expect(await octetsThere()).toEqual(upTo(4_500));
  });

  it('that is logged is not taken for one that is not, whatever smaller ones came after it', async () => {
    begin();
    const logger = loggerOn();
    await logger.start();
    await logger.log(windowOf(2_001), noWindows());
    await logger.log(windowOf(3), noWindows());
    expect(existsSync(join(folder, 'flow-window'))).toBe(true);
    await loggerOn().start();
    expect(await octetsThere()).toHaveLength(2_004);
  });

  it('whose file is damaged is put aside and told', async () => {
    begin();
    writeFileSync(join(folder, 'flow-window'), 'no window at all');
    await loggerOn().start();
    expect(faults).toEqual([expect.stringContaining('put aside')]);
    expect(readdirSync(folder)).toContain('flow-window.damaged');
  });
});

describe('an append that fails', () => {
  it('though it is durable is not done again', async () => {
    begin();
    const logger = loggerOn({ fates: ['is durable, and fails'] });
    await logger.start();
    const counts = noWindows();
    await logger.log(windowOf(30), counts);
    expect(await octetsThere()).toEqual(upTo(30));
    expect(counts.entries).toBe(27);
    expect(faults).toHaveLength(1);
  });

  it('is done again until it is well', async () => {
    begin();
    const logger = loggerOn({ fates: ['fails'] });
    await logger.start();
    await logger.log(windowOf(30), noWindows());
    expect(await octetsThere()).toEqual(upTo(30));
  });

  it('at the end leaves the numbering as it was, even where a later window could be logged', async () => {
    begin();
    const logger = loggerOn({ fates: ['is well', 'fails'] });
    await logger.start();
    await logger.log(windowOf(3, '[["192.0.2.1",9,0,3,0,0]]'), noWindows());
    logger.stop();
    await logger.log(windowOf(3, '[["192.0.2.1",9,0,6,0,0]]'), noWindows());
    await logger.log(windowOf(3, '[["192.0.2.1",9,0,9,0,0]]'), noWindows());
    expect(await octetsThere()).toHaveLength(3);
    expect(await log.note(sequencesNote)).toContain('[["192.0.2.1",9,0,3,0,0]]');
  });
});

it('the numbering of an earlier version, alone in its note, is understood', async () => {
  begin();
  await log.setNote(sequencesNote, '[["192.0.2.1",9,0,5,0,0]]');
  const logger = loggerOn();
  await logger.start();
  expect(logger.sequences).toBe('[["192.0.2.1",9,0,5,0,0]]');
});
