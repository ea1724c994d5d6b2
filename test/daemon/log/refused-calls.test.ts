/** What the system refuses, though it may have done it: its calls are the real ones but for the one that a test spoils. */
import type fs from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { encodeEntries } from '../../../daemon/log/entry-codec.ts';
import { type FileLog, openLogReader } from '../../../daemon/log/file-log.ts';
import { segmentSerials } from '../../../daemon/log/segment.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { logFiles, openTestLog, smallSegmentOctets } from '../../fixtures/usage-log.ts';

/** Code of the error that the next call of this kind ends with. */
const refusal = vi.hoisted(() => ({ ofWrite: null as string | null, ofOpen: null as string | null }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  function refuse(kind: 'ofWrite' | 'ofOpen'): void {
    const code = refusal[kind];
    refusal[kind] = null;
    if (code !== null) throw Object.assign(new Error(`${code}: refused`), { code });
  }
  return {
    ...real,
    writeSync: (file: number, octets: Uint8Array, offset: number, length: number, position: number) => {
      const written = real.writeSync(file, octets, offset, length, position);
      refuse('ofWrite');
      return written;
    },
    openSync: (path: string, flags: string | number) => {
      // Segments that are written alone are opened by number.
      if (typeof flags === 'number') refuse('ofOpen');
      return real.openSync(path, flags);
    },
  };
});

afterEach(() => {
  refusal.ofWrite = null;
  refusal.ofOpen = null;
});

const slowMeanMs = 1_000_000;
const note = (account: number) => ({ kind: 'tick', account, atMs: 1_000 }) as const;
const notes = (count: number, account: number) => Array.from({ length: count }, () => note(account));

async function accountsIn(log: Pick<FileLog, 'readAfter'>): Promise<number[]> {
  const batches = await log.readAfter(0, 100_000);
  return batches.flatMap(({ entries }) => entries.map(({ account }) => account));
}

/** So many entries that a segment has no room for two frames of them. */
const most = Math.floor((smallSegmentOctets * 0.6) / (encodeEntries(notes(1_000, 3)).length / 1_000));

it('a frame whose write failed and yet stands is not found after another has taken its number, in the same segment or the next', async () => {
  const folder = tempFolder();
  const log = openTestLog(folder, smallSegmentOctets, { slowMeanMs });
  await log.append(notes(most, 1), [], 1);
  for (const sizeOfNext of [1, most]) {
    refusal.ofWrite = 'EIO';
    await expect(log.append([note(2)], [], 2)).rejects.toThrow('EIO');
    await log.append(notes(sizeOfNext, 3), [], 3);
  }
  expect(segmentSerials(logFiles(folder).segments)).toContain(2);
  const told = [...notes(most, 1), ...notes(1 + most, 3)].map(({ account }) => account);
  expect(await accountsIn(openLogReader(log.reading))).toEqual(told);
  await log.close();
  expect(await accountsIn(openTestLog(folder, smallSegmentOctets, { slowMeanMs }))).toEqual(told);
});

it('a segment that cannot be opened is tried again, and the one before it is in use until then', async () => {
  const folder = tempFolder();
  const log = openTestLog(folder, smallSegmentOctets, { slowMeanMs });
  await log.append(notes(most, 1), [], 1);
  refusal.ofOpen = 'EMFILE';
  await expect(log.append(notes(most, 2), [], 2)).rejects.toThrow('EMFILE');
  await log.append([note(3)], [], 3);
  await log.append(notes(most, 4), [], 4);
  await log.close();
  const told = [...notes(most, 1), note(3), ...notes(most, 4)].map(({ account }) => account);
  const again = openTestLog(folder, smallSegmentOctets, { slowMeanMs });
  expect(await accountsIn(again)).toEqual(told);
});
