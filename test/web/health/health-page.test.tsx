// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { HealthPage } from '../../../web/health/health-page.tsx';
import { apiOf, freshDocument, pass, problem, rendered } from '../rendered.tsx';
import { sampleCollector, sampleFlows, sampleHealth } from './sample-health.ts';

freshDocument();

const session = { login: 'op', role: 'operator', account: null };

test('the verdict comes first, then laws that can be added up', async () => {
  const page = await rendered(<HealthPage />, apiOf({ '/api/session': session, '/api/health': sampleHealth() }));
  expect(page.querySelector('section')?.textContent).toContain('All is well.');
  const law = page.querySelector('.law')?.textContent;
  expect(law).toBe('radiusReceived20Logged=10Suspended+2Refused+4Answered again+3In flight+1Difference 0: adds up');
  expect(page.textContent).toContain('bad-authenticator');
  expect(document.title).toBe('All well · Health · meterd');
});

test('a difference is said in words and number', async () => {
  const health = sampleHealth({ collectors: [sampleCollector({ difference: 7 })] });
  const page = await rendered(<HealthPage />, apiOf({ '/api/session': session, '/api/health': health }));
  expect(page.querySelector('.verdict')?.textContent).toContain('Records do not add up: radius.');
  expect(page.querySelector('.law-broken')?.textContent).toContain('Difference 7: does not add up');
});

test('is asked every 2 s, and keeps the last answer when the daemon falls silent', async () => {
  let asked = 0;
  const answer = () => {
    asked += 1;
    if (asked > 2) throw problem(0, 'page.unreachable', 'The server does not answer');
    return sampleHealth({ summary: `Answer ${asked}.` });
  };
  const page = await rendered(<HealthPage />, apiOf({ '/api/session': session, '/api/health': answer }));
  await pass(2_000);
  expect(page.querySelector('.verdict')?.textContent).toContain('Answer 2.');
  for (let second = 0; second < 12; second++) await pass(1_000);
  expect(page.querySelector('.verdict')?.textContent).toContain('The daemon last answered');
  expect(page.querySelector('[data-stale]')).not.toBeNull();
  expect(page.textContent).toContain('bad-authenticator');
});

test('says why there is nothing to show', async () => {
  const api = apiOf({
    '/api/session': session,
    '/api/health': () => {
      throw problem(403, 'role.missing', 'Not allowed', 'Health is for operators.');
    },
  });
  const page = await rendered(<HealthPage />, api);
  expect(page.querySelector('[role=alert]')?.textContent).toContain('Health is for operators.');
});

test('flows that nothing listens for are said so', async () => {
  const page = await rendered(<HealthPage />, apiOf({ '/api/session': session, '/api/health': sampleHealth() }));
  expect(page.textContent).toContain('No exporter is configured, so nothing listens for flows.');
});

test('octets of flows can be added up, and an exporter that lost some is marked', async () => {
  const health = sampleHealth({ flows: sampleFlows() });
  const page = await rendered(<HealthPage />, apiOf({ '/api/session': session, '/api/health': health }));
  const law = [...page.querySelectorAll('.law')].at(-1)?.textContent;
  expect(law).toContain('Received12 GBBilled=9 GBSuspended+1 GB');
  const row = [...page.querySelectorAll('tbody tr')].at(-1)?.textContent;
  expect(row).toContain('192.0.2.1');
  expect(row).toContain('Loss');
  expect(row).toContain('7 datagrams');
});

test('octets of flows that do not add up are trouble', async () => {
  const flows = sampleFlows();
  const health = sampleHealth({ flows: { ...flows, octets: { ...flows.octets, difference: '5' } } });
  const page = await rendered(<HealthPage />, apiOf({ '/api/session': session, '/api/health': health }));
  expect(page.querySelector('.verdict')?.textContent).toContain('Records do not add up: Flow exporters.');
});

test('of many subjects in suspense those with most records are shown first, and all when asked', async () => {
  const subjects = Array.from({ length: 12 }, (_, n) => ({
    kind: 'login',
    value: `user-${n}`,
    count: n + 1,
    reason: 'unknown-subject',
    also: [],
  }));
  const health = sampleHealth({ suspense: { waiting: 80, released: 0, subjects } });
  const page = await rendered(<HealthPage />, apiOf({ '/api/session': session, '/api/health': health }));
  const rows = () =>
    [...page.querySelectorAll('tbody th')].map((row) => row.textContent ?? '').filter((row) => row.includes('user-'));
  expect(rows()).toHaveLength(8);
  expect(rows()[0]).toBe('login user-11');
  const all = [...page.querySelectorAll('button')].find((button) => button.textContent === 'Show all 12');
  all?.click();
  await pass(100);
  expect(rows()).toHaveLength(12);
  expect(page.textContent).not.toContain('Show all');
  expect(page.textContent).toContain('And 2 records of subjects with fewer each.');
});
