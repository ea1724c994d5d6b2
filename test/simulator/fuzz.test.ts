import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { fuzzNetflow } from '../../simulator/fuzz/netflow.ts';

/** Datagrams of softflowd 1.1.0 (v5, v9, IPFIX, IPFIX biflow) and of pmacct 1.7.7 (v9), captured on loopback. */
const real = readFileSync(new URL('../fixtures/flow-datagrams/real-exporters.hex', import.meta.url), 'utf8');
const material = real
  .trim()
  .split('\n')
  .map((line) => Uint8Array.from(Buffer.from(line, 'hex')));

it('200,000 damaged datagrams break nothing, meet the refusals, and leave memory as it was', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const report = fuzzNetflow({ seed: 20260115, count: 200_000, material, collectGarbage });
  // Damage that is not met is not tested; the two that need options of another kind are in forms.test.ts.
  const unmet = Object.entries(report.refusals).filter(([, count]) => count === 0);
  expect(unmet.map(([reason]) => reason)).toEqual(['sampler-flood', 'bad-sampling']);
  expect(report.records).toBeGreaterThan(100_000);
  expect(report.memoryAtEnd - report.memoryAtQuarter).toBeLessThan(16 * 1024 * 1024);
});

it('the same seed meets the same', () => {
  const run = () => fuzzNetflow({ seed: 7, count: 3000, material });
  const { slowestMs: _, ...first } = run();
  expect(run()).toMatchObject(first);
});
