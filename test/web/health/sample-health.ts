/** A daemon in good health, for the pages' tests; change what a test is about. */
import type { ConservationView, HealthView } from '../../../daemon/contract.ts';

export function sampleHealth(changes: Partial<HealthView> = {}): HealthView {
  return {
    verdict: 'ok',
    summary: 'All is well.',
    asOfMs: Date.UTC(2026, 0, 15, 12),
    startedAtMs: Date.UTC(2026, 0, 15),
    version: '0.1.0',
    collectors: [sampleCollector()],
    partition: {
      logged: 10,
      rated: 5,
      withoutUse: 2,
      duplicate: 1,
      quarantined: 1,
      waiting: 1,
      difference: 0,
      oldestWaitingMs: null,
    },
    money: [{ currency: 'EUR', posted: '1.50', onBills: '1.500000', difference: '0.000000' }],
    suspense: { waiting: 0, released: 0, subjects: [] },
    devices: [],
    flows: null,
    process: { rssBytes: 1, uptimeSeconds: 1, receiveBufferBytes: null, kernelDrops: null },
    ...changes,
  };
}

export function sampleCollector(changes: Partial<ConservationView> = {}): ConservationView {
  return {
    collector: 'radius',
    received: 20,
    logged: 10,
    suspended: 2,
    refused: { 'bad-authenticator': 3, 'unknown-client': 1 },
    answeredFromCache: 3,
    difference: 0,
    ...changes,
  };
}
