import { describe, expect, test } from 'vitest';
import type { HealthView } from '../../../daemon/contract.ts';
import { judgedDevices } from '../../../web/health/device-order.ts';
import { collectorLaw, logLaw } from '../../../web/health/law.ts';
import { verdictOf } from '../../../web/health/verdict.ts';
import { sampleCollector, sampleHealth } from './sample-health.ts';

const broken = { ...sampleHealth().partition, difference: -1 };
const cents = { currency: 'KWD', posted: '1', onBills: '0.999', difference: '0.001' };

test.each<[string, Partial<HealthView>, number, string, RegExp]>([
  ['all well', {}, 0, 'ok', /^All is well\.$/],
  ["the daemon's own warning", { verdict: 'warning', summary: 'Two wait.' }, 0, 'warning', /^Two wait\.$/],
  ["the daemon's own alarm", { verdict: 'critical', summary: 'Disk full.' }, 0, 'critical', /^Disk full\.$/],
  ['a lost record', { collectors: [sampleCollector({ difference: 1 })] }, 0, 'critical', /radius/],
  ['a lost log entry', { partition: broken }, 0, 'critical', /usage log/],
  ['a lost fil', { money: [cents] }, 0, 'critical', /KWD/],
  ['no answer for 9 s', {}, 9_999, 'ok', /well/],
  ['no answer for 10 s', {}, 10_000, 'unknown', /10 s ago/],
  ['no answer, and a loss before', { partition: broken }, 60_000, 'unknown', /1 min ago/],
])('%s', (_, changes, heardMs, level, sentence) => {
  const verdict = verdictOf(sampleHealth(changes), heardMs);
  expect(verdict.level).toBe(level);
  expect(verdict.sentence).toMatch(sentence);
});

describe('the laws', () => {
  test('shown terms and difference always make the whole', () => {
    for (const difference of [0, 1, -4]) {
      const law = collectorLaw(sampleCollector({ difference }));
      expect(law.terms.reduce((sum, term) => sum + term.count, 0) + law.difference).toBe(law.whole.count);
    }
    const log = logLaw(sampleHealth());
    expect(log.terms.reduce((sum, term) => sum + term.count, 0)).toBe(log.whole.count);
  });

  test('what is on its way is a term of its own', () => {
    expect(collectorLaw(sampleCollector()).terms.at(-1)).toEqual({ name: 'In flight', count: 1 });
  });
});

test('devices come worst first', () => {
  const nowMs = 10_000_000;
  const device = (name: string, agoMs: number, refused = 0, clockSkewMs: number | null = 0) => ({
    device: name,
    client: 'c',
    lastSeenMs: nowMs - agoMs,
    received: 1,
    refused,
    clockSkewMs,
  });
  const judged = judgedDevices(
    [
      device('well-b', 2_000),
      device('refuses', 1_000, 4),
      device('well-a', 100),
      device('silent', 16 * 60_000),
      device('skewed', 500, 0, -90_000),
      device('longer silent', 40 * 60_000),
      device('quiet', 6 * 60_000),
    ],
    nowMs,
  );
  const order = judged.map((row) => row.device.device);
  expect(order).toEqual(['longer silent', 'silent', 'quiet', 'skewed', 'refuses', 'well-a', 'well-b']);
});
