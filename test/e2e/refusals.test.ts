/** What an operator is told when `meterd start` can't start. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolder, meterd } from './daemon-process.ts';

function refusal(extra: Record<string, unknown>, prepare: (data: string) => void = () => undefined) {
  const folder = makeFolder(0, extra);
  const data = join(folder.path, 'data');
  mkdirSync(data);
  prepare(data);
  const { status, stderr } = spawnSync(process.execPath, [meterd, 'start', '--config', folder.configFile], {
    encoding: 'utf8',
    env: { ...process.env, METERD_LOG_LEVEL: 'silent' },
  });
  folder.remove();
  return { status, stderr };
}

it('a configuration that is wrong is wrong input: exit code 2', () => {
  const { status, stderr } = refusal({ http: { port: 99_999 } });
  expect(stderr).toContain('meterd.yaml:1: http.port must be a number');
  expect(status).toBe(2);
});

it.each(['usage-log.db', 'store.db'])('a %s that is no database is told by its name, without a trace', (file) => {
  const { status, stderr } = refusal({}, (data) => writeFileSync(join(data, file), 'no database '.repeat(100)));
  expect(stderr.trim()).toMatch(new RegExp(`^meterd: can't open .*${file}: file is not a database$`));
  expect(status).toBe(1);
});

it('an address that is not of this machine is told in one line', () => {
  const { status, stderr } = refusal({ http: { host: '192.0.2.1', port: 0 } });
  expect(stderr.trim()).toMatch(
    /^meterd: can't listen on 192\.0\.2\.1:0 \(http\.host and http\.port\): .*EADDRNOTAVAIL.*$/,
  );
  expect(status).toBe(1);
});
