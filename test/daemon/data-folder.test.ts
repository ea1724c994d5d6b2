import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claimDataFolder } from '../../daemon/data-folder.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';

describe('the data folder', () => {
  it('is made where it is missing, and names the files of log and store', () => {
    const folder = join(tempFolder(), 'deep', 'data');
    const claimed = claimDataFolder(folder);
    expect(existsSync(folder)).toBe(true);
    expect(claimed.log).toEqual({ indexFile: join(folder, 'usage-log.db'), segments: join(folder, 'usage-log') });
    expect(claimed.storeFile).toBe(join(folder, 'store.db'));
    claimed.release();
  });

  it('is held by one at a time, until it is released', () => {
    const folder = tempFolder();
    const first = claimDataFolder(folder);
    expect(() => claimDataFolder(folder)).toThrow(expect.objectContaining({ code: 'data-in-use' }));
    first.release();
    first.release();
    const second = claimDataFolder(folder);
    expect(() => claimDataFolder(folder)).toThrow(expect.objectContaining({ code: 'data-in-use' }));
    second.release();
  });

  it('that cannot be written is told by name', () => {
    const file = join(tempFolder(), 'a-file');
    writeFileSync(file, '');
    for (const folder of [file, join(file, 'data')]) {
      expect(() => claimDataFolder(folder)).toThrow(expect.objectContaining({ code: 'data-unwritable' }));
      expect(() => claimDataFolder(folder)).toThrow(folder);
    }
  });
});
