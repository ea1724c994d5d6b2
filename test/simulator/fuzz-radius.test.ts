import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { fuzzRadius } from '../../simulator/fuzz/radius.ts';

/** Requests of radclient 3.2.1 in the words of several vendors (RFC 2866, 3162, 2868, 5997 and their own), captured. */
const real = readFileSync(new URL('../fixtures/radius-datagrams/radclient.hex', import.meta.url), 'utf8');
const material = real
  .trim()
  .split('\n')
  .map((line) => Uint8Array.from(Buffer.from(line, 'hex')));

it('200,000 damaged requests break nothing, meet every refusal, and leave memory as it was', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const report = fuzzRadius({ seed: 20260115, count: 200_000, material, collectGarbage });
  // Damage that is not met is not tested.
  expect(Object.keys(report.refusals).sort()).toEqual([
    'bad-attribute-framing',
    'bad-authenticator',
    'bad-code',
    'bad-length',
    'bad-message-authenticator',
    'missing-message-authenticator',
    'too-short',
    'unknown-client',
  ]);
  const statuses = ['accounting-off', 'accounting-on', 'interim', 'other', 'start', 'stop'];
  expect(Object.keys(report.records).sort()).toEqual(statuses);
  const refused = Object.values(report.refusals).reduce((sum, count) => sum + count, 0);
  expect(report.answered + report.statusAnswered + refused).toBe(200_000);
  expect(report.answered).toBeGreaterThan(50_000);
  expect(report.guided).toBeGreaterThan(20_000);
  expect(report.memoryAtEnd - report.memoryAtQuarter).toBeLessThan(16 * 1024 * 1024);
});

it('the same seed meets the same', () => {
  const met = ({ answered, refusals, records }: ReturnType<typeof fuzzRadius>) => ({ answered, refusals, records });
  const run = () => met(fuzzRadius({ seed: 7, count: 3_000, material }));
  expect(run()).toEqual(run());
});
