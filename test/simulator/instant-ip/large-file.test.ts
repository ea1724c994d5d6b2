import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { generatedRecords, generateFile } from '../../../simulator/instant-ip/generate.ts';
import { Player } from '../../../simulator/instant-ip/player.ts';
import { fileSource } from '../../../simulator/instant-ip/record-source.ts';
import { replaySpeed } from '../../../simulator/instant-ip/replay.ts';
import { addToTally, emptyTally } from '../../../simulator/instant-ip/tally.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapOctets(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe.each(['csv', 'fixed'] as const)('a file of 100,000 records in the %s form', (form) => {
  it('is replayed at speed max without loss, with flat memory', async () => {
    const count = 100_000;
    const file = join(tempFolder(), 'many');
    await generateFile(file, { count, seed: 7, form });
    let tally = emptyTally;
    let said = 0;
    const heap: number[] = [];
    const source = fileSource(file);
    const player = new Player({
      source,
      speed: replaySpeed.unlimited,
      onError: 'stop',
      onSaid: () => said++,
      sink: {
        show: async ({ record }) => {
          tally = addToTally(tally, record);
          if (tally.records % 20_000 === 0) heap.push(heapOctets());
        },
        flush: async () => {},
      },
    });
    expect(await player.play()).toBe('ended');
    await source.close();

    let charges = 0n;
    let total = 0n;
    for (const record of generatedRecords(count, 7)) {
      charges += record.chargeThousandths;
      total = record.totalToDateThousandths;
    }
    expect(said).toBe(0);
    expect(tally).toMatchObject({ records: count, toldTotal: total, ownTotal: total });
    expect(tally.charges).toEqual(new Map([['USD', charges]]));
    expect(player.status()).toMatchObject({ shown: count, skipped: 0, line: form === 'csv' ? count + 1 : count });
    // Were the records kept, the heap would grow by more than 20 MB between these two.
    expect(heap.at(-1)! - heap[0]!).toBeLessThan(4_000_000);
  });
});

describe('generated records', () => {
  it('are the same from the same seed, and others from another', () => {
    const of = (seed: number) => [...generatedRecords(50, seed)];
    expect(of(3)).toEqual(of(3));
    expect(of(3)).not.toEqual(of(4));
  });

  it('are as many lines as was asked for, and never replace a file', async () => {
    const file = join(tempFolder(), 'few.csv');
    await generateFile(file, { count: 3, seed: 1, form: 'csv' });
    let lines = 0;
    for await (const _ of createInterface({ input: createReadStream(file) })) lines++;
    expect(lines).toBe(4);
    await expect(generateFile(file, { count: 1, seed: 1, form: 'csv' })).rejects.toThrow('EEXIST');
  });
});
