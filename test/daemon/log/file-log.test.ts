import {
  appendFileSync,
  closeSync,
  copyFileSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEntries, encodeRecord } from '../../../daemon/log/entry-codec.ts';
import { type FileLog, openLogReader } from '../../../daemon/log/file-log.ts';
import { segmentHeadOctets } from '../../../daemon/log/segment.ts';
import type { LogEntry } from '../../../daemon/log/usage-log.ts';
import { report } from '../../fixtures/session-reports.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { recordOf, usageEvent } from '../../fixtures/usage-events.ts';
import { logFiles, openTestLog, smallSegmentOctets } from '../../fixtures/usage-log.ts';
import { usageLogConformance } from './conformance.ts';

/** A segment for each frame. */
const oneFrame = 1;

describe.each([
  ['by the thread itself', 1_000_000],
  ['by the pool', -1],
])('the usage log in files, written %s', (_, slowMeanMs) => {
  usageLogConformance(() => {
    const folder = tempFolder();
    let open: FileLog | null = null;
    return {
      open: () => {
        open = openTestLog(folder, oneFrame, { slowMeanMs });
        return open;
      },
      read: () => openLogReader(open!.reading),
    };
  });
});

const tick = (account: number): LogEntry => ({ kind: 'tick', account, atMs: 1_000 + account });
const suspended = (at: number) => ({ reason: 'unknown-subject', record: report({ at, login: 'bert', session: 'b' }) });
const segmentsOf = (folder: string) => readdirSync(logFiles(folder).segments).filter((name) => name !== 'next');
const segmentFile = (folder: string, serial: number) =>
  join(logFiles(folder).segments, `${String(serial).padStart(12, '0')}.segment`);

function overwrite(file: string, at: number, octets: Buffer): void {
  const opened = openSync(file, 'r+');
  writeSync(opened, octets, 0, octets.length, at);
  closeSync(opened);
}

async function accountsIn(log: FileLog): Promise<number[]> {
  const batches = await log.readAfter(0, 100_000);
  return batches.flatMap(({ entries }) => entries.map(({ account }) => account));
}

/** Lengths of the whole frames of a segment, in order. */
function frameEnds(file: string): number[] {
  const octets = readFileSync(file);
  const ends: number[] = [];
  for (let at = segmentHeadOctets; at + 56 <= octets.length && octets.readUInt32LE(at) !== 0; ) {
    at += Math.ceil((56 + octets.readUInt32LE(at + 8) + octets.readUInt32LE(at + 12)) / 8) * 8;
    ends.push(at);
  }
  return ends;
}

describe('segments', () => {
  it('are begun when one is full, made before they are needed, and read across', async () => {
    const folder = tempFolder();
    const log = openTestLog(folder);
    for (let n = 1; n <= 400; n++) expect(await log.append([tick(n)], [], n)).toBe(n);
    expect(segmentsOf(folder).length).toBeGreaterThan(2);
    expect(readFileSync(segmentFile(folder, 1))).toHaveLength(smallSegmentOctets);
    expect(await accountsIn(log)).toEqual(Array.from({ length: 400 }, (_, n) => n + 1));
    await log.close();
  });

  it('are larger where one append is', async () => {
    const folder = tempFolder();
    const log = openTestLog(folder);
    const many = Array.from({ length: 5_000 }, (_, n) => tick(n + 1));
    await log.append([tick(0)], [], 0);
    expect(await log.append(many, [], 0)).toBe(5_001);
    expect(await log.append([tick(7)], [], 0)).toBe(5_002);
    expect(await accountsIn(log)).toEqual([0, ...many.map(({ account }) => account), 7]);
    await log.close();
    const again = openTestLog(folder);
    expect(await again.lastPosition()).toBe(5_002);
    await again.close();
  });

  it('of another log are refused', async () => {
    const [folder, other] = [tempFolder(), tempFolder()];
    for (const one of [folder, other]) {
      const log = openTestLog(one);
      await log.append([tick(1)], [], 0);
      await log.close();
    }
    copyFileSync(segmentFile(other, 1), segmentFile(folder, 1));
    expect(() => openTestLog(folder)).toThrow(expect.objectContaining({ code: 'store-mismatch' }));
  });

  it('that are gone are missed, where what they held is still to be applied or known', async () => {
    const folder = tempFolder();
    const log = openTestLog(folder);
    await log.append([tick(1)], [suspended(1)], 0);
    await log.close();
    rmSync(segmentFile(folder, 1));
    expect(() => openTestLog(folder)).toThrow(expect.objectContaining({ code: 'store-mismatch' }));
  });
});

describe('a power cut', () => {
  it('amid an append takes that append alone, wherever its writing stopped', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), async (share, isRubbish) => {
        const folder = tempFolder();
        const log = openTestLog(folder);
        for (let n = 1; n <= 5; n++) await log.append([tick(n)], [suspended(n)], n);
        await log.close();
        const file = segmentFile(folder, 1);
        const [from, to] = frameEnds(file).slice(-2) as [number, number];
        const keep = from + Math.floor((to - from - 8) * share);
        // What was not written is as it was, or anything at all.
        overwrite(file, keep, Buffer.alloc(to - keep, isRubbish ? 0xa5 : 0));
        // The index can't know of it, since it follows.
        rmSync(logFiles(folder).indexFile, { force: true });
        for (const suffix of ['-wal', '-shm']) rmSync(`${logFiles(folder).indexFile}${suffix}`, { force: true });
        const instance = readFileSync(file).subarray(19, 55).toString('latin1');
        makeIndex(folder, instance);
        const again = openTestLog(folder);
        expect(await accountsIn(again)).toEqual([1, 2, 3, 4]);
        expect((await again.suspense(0, 10)).map(({ suspendedAtMs }) => suspendedAtMs)).toEqual([1, 2, 3, 4]);
        expect(await again.append([tick(6)], [suspended(6)], 6)).toBe(5);
        await again.close();
        const third = openTestLog(folder);
        expect(await accountsIn(third)).toEqual([1, 2, 3, 4, 6]);
        expect((await third.suspenseCounts()).waiting).toBe(5);
        await third.close();
      }),
      { numRuns: 40 },
    );
  });

  it('may take all that the index has, which is found again in the segments', async () => {
    const folder = tempFolder();
    const log = openTestLog(folder);
    const early = tempFolder();
    await log.setNote('n', 'first');
    await log.close();
    for (const suffix of ['']) copyFileSync(`${logFiles(folder).indexFile}${suffix}`, join(early, `index${suffix}`));
    const going = openTestLog(folder);
    for (let n = 1; n <= 300; n++) {
      await going.append([tick(n)], n % 50 === 0 ? [suspended(n)] : [], n);
    }
    const items = await going.suspense(0, 10);
    await going.release([{ id: items[1]!.id, account: 999, record: items[1]!.record }], 301);
    await going.setNote('n', 'second');
    const now = { items: await going.suspense(0, 10), counts: await going.suspenseCounts() };
    await going.close();
    for (const suffix of ['-wal', '-shm']) rmSync(`${logFiles(folder).indexFile}${suffix}`, { force: true });
    copyFileSync(join(early, 'index'), logFiles(folder).indexFile);
    const again = openTestLog(folder);
    expect({ items: await again.suspense(0, 10), counts: await again.suspenseCounts() }).toEqual(now);
    expect(await again.note('n')).toBe('second');
    expect(await again.lastPosition()).toBe(301);
    await again.append([], [suspended(1)], 302);
    expect((await again.suspense(items[5]!.id, 10)).map(({ id }) => id)).toEqual([items[5]!.id + 1]);
    await again.close();
  });
});

/** Makes an index that knows nothing but the log's name. */
function makeIndex(folder: string, instance: string): void {
  const db = new Database(logFiles(folder).indexFile);
  db.exec('CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID');
  db.prepare("INSERT INTO meta VALUES ('instance', ?)").run(instance);
  db.close();
}

describe('damage', () => {
  async function damaged(damage: (folder: string) => void): Promise<string> {
    const folder = tempFolder();
    const log = openTestLog(folder);
    for (let n = 1; n <= 300; n++) await log.append([tick(n)], [], n);
    await log.close();
    damage(folder);
    return folder;
  }

  it('amid the last segment stops the start: what comes after it would be lost', async () => {
    const folder = await damaged((one) => {
      const last = segmentsOf(one).filter((name) => frameEnds(join(logFiles(one).segments, name)).length > 2);
      const file = join(logFiles(one).segments, last.at(-1)!);
      overwrite(file, frameEnds(file)[0]! + 60, Buffer.from('x'));
    });
    expect(() => openTestLog(folder)).toThrow(/the usage log is damaged: .*segment at octet \d+/);
  });

  it('of an earlier segment is told when it is read, and not skipped', async () => {
    const folder = await damaged((one) => {
      const file = segmentFile(one, 1);
      overwrite(file, frameEnds(file)[3]! + 60, Buffer.from('x'));
    });
    const log = openTestLog(folder);
    expect(await log.lastPosition()).toBe(300);
    await expect(log.readAfter(0, 1_000)).rejects.toMatchObject({ code: 'data-unreadable' });
    expect((await log.readAfter(290, 100)).length).toBe(10);
    await expect(log.prune(300, 1_000)).rejects.toMatchObject({ code: 'data-unreadable' });
    await log.close();
  });

  it('of a segment that is missing amid the others is told as well', async () => {
    const folder = await damaged((one) => rmSync(segmentFile(one, 2)));
    const log = openTestLog(folder);
    await expect(log.readAfter(0, 1_000)).rejects.toMatchObject({ code: 'data-unreadable' });
    await log.close();
  });

  it('of a file that is no segment is told by its name', async () => {
    const folder = await damaged((one) => overwrite(segmentFile(one, 1), 0, Buffer.alloc(64, 1)));
    const log = openTestLog(folder);
    await expect(log.readAfter(0, 1_000)).rejects.toThrow(/000000000001\.segment/);
    await log.close();
  });
});

describe('what is asked of the index', () => {
  const event = (id: string) => ({ kind: 'usage', account: 1, record: recordOf(usageEvent({ id })) }) as const;

  /** As a power cut leaves it that takes what the index learned since. */
  async function withoutWhat(folder: string, work: (log: FileLog) => Promise<void>): Promise<void> {
    const { indexFile } = logFiles(folder);
    copyFileSync(indexFile, join(folder, 'index-before'));
    const log = openTestLog(folder);
    await work(log);
    await log.close();
    for (const suffix of ['-wal', '-shm']) rmSync(`${indexFile}${suffix}`, { force: true });
    copyFileSync(join(folder, 'index-before'), indexFile);
  }

  it('is not answered where frames that it lacks are damaged', async () => {
    const folder = tempFolder();
    const log = openTestLog(folder);
    await log.append([tick(1)], [], 0);
    await log.close();
    await withoutWhat(folder, async (going) => {
      for (let n = 1; n <= 200; n++) await going.append([event(`e${n}`)], [], n);
    });
    overwrite(segmentFile(folder, 2), frameEnds(segmentFile(folder, 2))[3]! + 60, Buffer.from('x'));
    expect(() => openTestLog(folder)).toThrow(expect.objectContaining({ code: 'data-unreadable' }));
  });

  it('is answered again where a key was forgotten, logged again, and forgetting it was lost', async () => {
    const folder = tempFolder();
    const log = openTestLog(folder);
    await log.append([event('a')], [], 100);
    await log.close();
    await withoutWhat(folder, async (going) => {
      expect(await going.forgetEvents(101, 10)).toBe(1);
      await going.append([event('a')], [], 200);
    });
    const again = openTestLog(folder);
    expect((await again.knownEvents([event('a').record.key])).size).toBe(1);
    expect(await again.lastPosition()).toBe(2);
    await again.close();
  });
});

it('a segment that ends in a note, which has no time, is as old as what came before the note', async () => {
  const folder = tempFolder();
  const log = openTestLog(folder, oneFrame);
  await log.append([tick(1)], [], 5_000);
  await log.setNote('n', 'v');
  await log.append([tick(2)], [], 6_000);
  expect(await log.prune(2, 5_000)).toBe(0);
  expect([await log.prune(2, 5_001), await log.prune(2, 5_001), await log.prune(2, 5_001)]).toEqual([1, 1, 0]);
  await log.close();
});

describe('what a device sends', () => {
  it('can pass for nothing but what it is, though it look like a frame', async () => {
    const folder = tempFolder();
    const log = openTestLog(folder);
    await log.append([tick(1)], [], 0);
    await log.close();
    const frame = readFileSync(segmentFile(folder, 1)).subarray(
      segmentHeadOctets,
      frameEnds(segmentFile(folder, 1))[0],
    );
    const again = openTestLog(folder);
    const record = report({ at: 1, login: frame.toString('latin1') });
    await again.append([{ kind: 'usage', account: 2, record }], [], 0);
    await again.append([tick(3)], [], 0);
    await again.close();
    const third = openTestLog(folder);
    expect(await accountsIn(third)).toEqual([1, 2, 3]);
    await third.close();
  });
});

describe('what is not durable', () => {
  it('is not read, though it is in the file', async () => {
    const folder = tempFolder();
    const log = openTestLog(folder);
    await log.append([tick(1)], [], 0);
    const early = openLogReader({ ...log.reading, end: log.reading.end.slice(0) as unknown as SharedArrayBuffer });
    await log.append([tick(2)], [], 0);
    const reader = openLogReader(log.reading);
    expect((await reader.readAfter(0, 10)).length).toBe(2);
    expect((await early.readAfter(0, 10)).length).toBe(1);
    await Promise.all([early.close(), reader.close(), log.close()]);
  });
});

it('a log of before it had segments goes on where it was', async () => {
  const folder = tempFolder();
  const instance = 'c0ffee00-0000-4000-8000-000000000000';
  const db = new Database(logFiles(folder).indexFile);
  db.exec(`CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE batch (last_position INTEGER PRIMARY KEY, entry_count INTEGER NOT NULL,
      appended_ms INTEGER NOT NULL, entries TEXT NOT NULL);
    CREATE TABLE suspense (id INTEGER PRIMARY KEY AUTOINCREMENT, reason TEXT NOT NULL,
      suspended_ms INTEGER NOT NULL, record TEXT NOT NULL);
    CREATE TABLE suspense_subject (subject TEXT NOT NULL, suspense_id INTEGER NOT NULL,
      PRIMARY KEY (subject, suspense_id)) WITHOUT ROWID;
    INSERT INTO meta VALUES ('instance', '${instance}'), ('position', '1003'), ('suspended', '7'), ('note ticked', '5');`);
  db.prepare("INSERT INTO suspense VALUES (7, 'unknown-subject', 5, ?)").run(encodeRecord(suspended(1).record));
  const insert = db.prepare('INSERT INTO batch VALUES (?, ?, ?, ?)');
  // What came before was dropped.
  for (let n = 101; n < 1_003; n += 3) insert.run(n + 2, 3, n, encodeEntries([tick(n), tick(n + 1), tick(n + 2)]));
  db.close();
  const earlier = Array.from({ length: 903 }, (_, n) => n + 101);
  for (let turn = 1; turn <= 2; turn++) {
    const log = openTestLog(folder);
    expect(log.instanceId).toBe(instance);
    expect(await log.append([tick(5_000)], [suspended(2)], 6)).toBe(1_003 + turn);
    expect((await log.readAfter(100, 1_000))[0]!.firstPosition).toBe(101);
    expect(await accountsIn(log)).toEqual([...earlier, ...Array(turn).fill(5_000)]);
    expect(await log.note('ticked')).toBe('5');
    expect((await log.suspense(0, 10)).map(({ id }) => id)).toEqual([7, 8, 9].slice(0, turn + 1));
    expect(await log.suspenseSubjects(10)).toMatchObject([{ key: 'login\n\nbert', count: turn + 1, also: [] }]);
    await log.close();
  }
});

it('a file that cannot be written fails the append, and the next begins where it did', async () => {
  const folder = tempFolder();
  const log = openTestLog(folder, oneFrame);
  await log.append([tick(1)], [], 0);
  // The next segment can't be made.
  renameSync(logFiles(folder).segments, join(folder, 'elsewhere'));
  await expect(log.append([tick(2)], [], 0)).rejects.toThrow();
  await expect(log.append([tick(2)], [], 0)).rejects.toThrow();
  renameSync(join(folder, 'elsewhere'), logFiles(folder).segments);
  expect(await log.append([tick(3)], [], 0)).toBe(2);
  expect(await accountsIn(log)).toEqual([1, 3]);
  await log.close();
  appendFileSync(join(logFiles(folder).segments, 'next'), 'left by a crash');
  const again = openTestLog(folder, oneFrame);
  expect(await again.append([tick(4)], [], 0)).toBe(3);
  await again.close();
});
