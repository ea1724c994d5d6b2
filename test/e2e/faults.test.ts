/** What goes wrong at the start gives one clear sentence and exit code 1; wrong usage 2. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import {
  freeUdpPort,
  makeFolder,
  type RunningProcess,
  runMeterd,
  startProcess,
  type TestFolder,
} from './daemon-process.ts';

const folders: TestFolder[] = [];
const daemons: RunningProcess[] = [];

function newFolder(radiusPort: number, extra: Record<string, unknown> = {}): TestFolder {
  const folder = makeFolder(radiusPort, extra);
  folders.push(folder);
  return folder;
}

afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.stop();
  for (const folder of folders.splice(0)) folder.remove();
});

async function expectOneSentence(configFile: string, sentence: RegExp, exitCode = 1): Promise<void> {
  const { code, err } = await runMeterd(['start', '--config', configFile]);
  expect(err.trim().split('\n').at(-1)).toMatch(sentence);
  expect(err).not.toMatch(/\n\s+at /);
  expect(code).toBe(exitCode);
}

test('a second daemon on the same folder is refused, and the first goes on', async () => {
  const folder = newFolder(0);
  const daemon = await startProcess(folder.configFile);
  daemons.push(daemon);
  await expectOneSentence(folder.configFile, /another meterd is running on the data folder .*data/);
  expect((await fetch(`${daemon.url}/healthz`)).status).toBe(200);
});

test('a RADIUS port in use', async () => {
  const port = await freeUdpPort();
  daemons.push(await startProcess(newFolder(port).configFile));
  await expectOneSentence(
    newFolder(port).configFile,
    new RegExp(`can't listen for RADIUS on 127.0.0.1:${port} .*another program`),
  );
});

test('an HTTP port in use', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await expectOneSentence(newFolder(0, { http: { port } }).configFile, new RegExp(`127.0.0.1:${port}`));
  await new Promise((resolve) => server.close(resolve));
});

test('a data folder that cannot be written', async () => {
  const folder = newFolder(0);
  // A file where the folder should be: not even root can write below it.
  writeFileSync(join(folder.path, 'data'), '');
  await expectOneSentence(folder.configFile, /can't write to the data folder .*data/);
});

test.skipIf(process.getuid?.() === 0)('a data folder of somebody else', async () => {
  const folder = newFolder(0);
  mkdirSync(join(folder.path, 'data'));
  chmodSync(join(folder.path, 'data'), 0o500);
  await expectOneSentence(folder.configFile, /can't write to the data folder/);
});

test('a broken configuration names file, line and key', async () => {
  const folder = newFolder(0);
  writeFileSync(
    folder.configFile,
    'http:\n  port: 8080\nradius:\n  clients:\n    - cidr: 10.0.0.0/33\n      secret: abc\n',
  );
  await expectOneSentence(folder.configFile, /meterd\.yaml:5: radius\.clients\[0\]\.cidr must be a network prefix/, 2);
});

test('a store without its log is refused', async () => {
  const folder = newFolder(0);
  await (await startProcess(folder.configFile)).stop();
  const { rmSync } = await import('node:fs');
  for (const suffix of ['', '-wal', '-shm'])
    rmSync(join(folder.path, 'data', `usage-log.db${suffix}`), { force: true });
  await expectOneSentence(folder.configFile, /segment belongs to another usage log/);
  rmSync(join(folder.path, 'data', 'usage-log'), { recursive: true });
  await expectOneSentence(folder.configFile, /another usage log/);
});

test('wrong usage exits with 2', async () => {
  expect((await runMeterd(['start', '--nonsense'])).code).toBe(2);
  expect((await runMeterd(['fly'])).code).toBe(2);
  expect((await runMeterd(['--help'])).code).toBe(0);
});
