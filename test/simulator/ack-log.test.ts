import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type AckedRecord,
  ackLogLines,
  parseAckLog,
  readAckLogFile,
  UseAuditor,
  writeAckLogFile,
} from '../../simulator/index.ts';
import { arrayOf } from './array-of.ts';

const phases = ['start', 'interim', 'stop'] as const;

/** Sessions one after the other, each a Start, an Interim and a Stop. */
function* reports(count: number): Generator<AckedRecord> {
  for (let n = 0; n < count; n++) {
    const phase = n % phases.length;
    yield {
      session: `S${Math.floor(n / phases.length)}`,
      user: `user${n % 7}@example.net`,
      nas: 'nas-001',
      status: phases[phase]!,
      eventSeconds: 1_767_225_600 + phase * 60,
      sessionSeconds: phase * 60,
      octetsIn: (1n << 60n) + BigInt(n),
      octetsOut: BigInt(n),
    };
  }
}

test('an ack log is read from pieces that end anywhere', async () => {
  const log = [...reports(9)];
  const text = [...ackLogLines(log)].join('');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(text.length)), async (cuts) => {
      const ends = [...cuts.sort((a, b) => a - b), text.length];
      const pieces = ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end));
      expect(await arrayOf(parseAckLog(pieces))).toEqual(log);
    }),
  );
});

test('what is no ack log, or not the whole of one, is refused with its line', async () => {
  const text = [...ackLogLines(reports(3))].join('');
  const refusal = (log: string) => arrayOf(parseAckLog([log])).then(null, (error: Error) => error.message);
  expect(await refusal('')).toMatch(/header/);
  expect(await refusal('a,b\n')).toMatch(/header/);
  expect(await refusal(text.slice(0, -3))).toMatch(/line 4: cut off/);
  expect(await refusal(text.replace('interim', 'started'))).toMatch(/line 3: not a record/);
});

test.each(['acks.csv', 'acks.csv.gz'])('%s holds every record, and is read back as it was', async (name) => {
  const folder = await mkdtemp(join(tmpdir(), 'meterd-acks-'));
  try {
    const file = join(folder, name);
    await writeAckLogFile(file, reports(5_000));
    const octets = await readFile(file);
    const text = name.endsWith('.gz') ? gunzipSync(octets) : octets;
    expect(text.toString()).toBe([...ackLogLines(reports(5_000))].join(''));
    expect(await arrayOf(readAckLogFile(file))).toEqual([...reports(5_000)]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a compressed ack log that is cut off, and one that is missing, are refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'meterd-acks-'));
  try {
    const file = join(folder, 'acks.csv.gz');
    const whole = gzipSync([...ackLogLines(reports(300))].join(''));
    await writeFile(file, whole.subarray(0, whole.length - 20));
    await expect(arrayOf(readAckLogFile(file))).rejects.toThrow();
    await expect(arrayOf(readAckLogFile(join(folder, 'none.csv.gz')))).rejects.toThrow(/ENOENT/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the auditor remembers the sessions that are open, and no others', () => {
  const auditor = new UseAuditor();
  let openMost = 0;
  for (const record of reports(3_000)) {
    auditor.add(record);
    openMost = Math.max(openMost, auditor.openSessions);
  }
  expect(openMost).toBe(1);
  expect(auditor.openSessions).toBe(0);
  expect([...auditor.totals.values()].reduce((sum, { sessions }) => sum + sessions, 0)).toBe(1_000);
});
