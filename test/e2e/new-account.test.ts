/** An account is made with its plan and first tick, or not at all, also where the daemon is killed in between. */
import { afterEach, expect, test } from 'vitest';
import type { IssuedApiToken, UsageAnswer } from '../../daemon/contract.ts';
import { Api } from './api.ts';
import { makeFolder, type RunningProcess, startProcess, type TestFolder } from './daemon-process.ts';

let folder: TestFolder;
let daemon: RunningProcess;

afterEach(async () => {
  daemon.child.kill('SIGKILL');
  await daemon.ended;
  folder.remove();
});

test('an account whose making was cut short before its first tick has its plan and its charges after the restart', async () => {
  folder = makeFolder(0, { clock: { start: '2026-03-10T12:00:00Z' } });
  daemon = await startProcess(folder.configFile, { METERD_FAILPOINT: 'before-first-tick:2' });
  let api = await Api.signedIn(daemon.url);
  await api.putPlan('evening', new URL('../../examples/plans/evening.xml', import.meta.url));
  await api.createAccount({ id: 'ann', plan: 'evening' });
  await expect(api.createAccount({ id: 'ben', plan: 'evening' })).rejects.toThrow('fetch failed');
  expect(await daemon.ended).toBe('SIGKILL');

  daemon = await startProcess(folder.configFile);
  api = await Api.signedIn(daemon.url);
  await api.rated();
  const linesOf = async (id: string) => (await api.bill(id)).lines.map(({ label, amount }) => [label, amount]);
  expect(await linesOf('ben')).toEqual([['Set-up', '10.00']]);
  expect(await linesOf('ann')).toEqual(await linesOf('ben'));

  const provider = { name: 'isp', role: 'provider', provider: 'isp-1', rights: ['usage', 'accounts'] };
  const { token } = await api.json<IssuedApiToken>('POST', '/api/tokens', provider);
  const event = {
    ...{ specversion: '1.0', id: '1', source: '/isp', type: 'meterd.usage.time', subject: 'ben' },
    data: { quantity: '60', start: '2026-03-10T11:00:00Z', end: '2026-03-10T11:01:00Z' },
  };
  const response = await fetch(`${daemon.url}/api/usage`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(event),
  });
  expect(((await response.json()) as UsageAnswer).results[0]?.verdict).toBe('logged');
  expect((await api.rated()).partition.quarantined).toBe(0);
});
