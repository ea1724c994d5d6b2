/** The built usage log with its writing thread. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isDiskFault } from '../../daemon/sqlite-file.ts';
import { usageLogConformance } from '../daemon/log/conformance.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';

const built = (file: string) => new URL(`../../dist/daemon/log/${file}`, import.meta.url).href;
const { openSqliteLog, openThreadedLog } = (await import(
  built('sqlite-log.js')
)) as typeof import('../../daemon/log/sqlite-log.ts');
const { LogThread } = (await import(
  built('log-thread-client.js')
)) as typeof import('../../daemon/log/log-thread-client.ts');

const write = (keys: readonly string[] = []) => ({
  entries: { count: 1, text: '[2,{"baseMs":0,"names":[],"values":[-1,["t",1,5]]}]' },
  suspended: [],
  keys,
  note: null,
  atMs: 1,
});

describe('the usage log with a thread of its own', () => {
  usageLogConformance(() => {
    const file = join(tempFolder(), 'usage-log.db');
    return {
      open: ({ readOnly = false } = {}) => (readOnly ? openSqliteLog(file, { readOnly }) : openThreadedLog(file)),
    };
  });

  it('fails what waits when the thread ends by itself, and goes on with another at the next call', async () => {
    const folder = join(tempFolder(), 'not-yet');
    const file = join(folder, 'usage-log.db');
    const thread = new LogThread(file);
    await expect(Promise.all([thread.append(write()), thread.append(write())])).rejects.toThrow(/can't open/);
    mkdirSync(folder);
    expect(await thread.append(write())).toBe(1);
    expect(await thread.append(write())).toBe(2);
    await thread.close();
  });

  it('refuses with the code of the fault, writes nothing of what it refused, and goes on', async () => {
    const thread = new LogThread(join(tempFolder(), 'usage-log.db'));
    const fault = await thread.append(write(['twice', 'twice'])).catch((cause: unknown) => cause);
    expect(fault).toMatchObject({ code: 'SQLITE_CONSTRAINT_UNIQUE' });
    expect(isDiskFault(fault)).toBe(false);
    expect(await thread.append(write(['twice']))).toBe(1);
    await thread.close();
  });
});
