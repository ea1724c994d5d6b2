import { expect, it } from 'vitest';
import { applySessionRecord } from '../../../daemon/mediation/session.ts';
import { indexOpen } from '../../../daemon/partitions/open-by-device.ts';
import { report } from '../../fixtures/session-reports.ts';

it('open sessions are indexed by device, and a device without any leaves nothing behind', () => {
  const openByDevice = new Map<string, Set<string>>();
  const [one, two] = ['s1', 's2'].map((session) => {
    return applySessionRecord(null, report({ status: 'start', at: 0, session }), 1).state;
  });
  indexOpen(openByDevice, one!);
  indexOpen(openByDevice, two!);
  expect([...openByDevice.values()].map((keys) => keys.size)).toEqual([2]);
  indexOpen(openByDevice, { ...one!, open: false });
  expect([...openByDevice.values()].map((keys) => keys.size)).toEqual([1]);
  indexOpen(openByDevice, { ...two!, open: false });
  expect(openByDevice.size).toBe(0);
});
