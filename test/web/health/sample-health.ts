/** A daemon in good health, for the pages' tests; change what a test is about. */
import type { ConservationView, FlowHealthView, HealthView } from '../../../daemon/contract.ts';

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

export function sampleFlows(): FlowHealthView {
  return {
    port: 2055,
    receiveBufferBytes: 8_388_608,
    receiveBufferAskedBytes: 8_388_608,
    kernelDrops: 0,
    listening: true,
    threadRestarts: 0,
    datagrams: 1_000,
    records: 24_000,
    held: 12,
    hurried: 0,
    heldForTemplateOctets: 0,
    addresses: 10_000,
    windows: 60,
    entries: 900,
    octets: {
      received: '12000000000',
      billed: '9000000000',
      suspended: '1000000000',
      elsewhere: '0',
      unguided: '2000000000',
      dropped: '0',
      refused: '0',
      bothEnds: '0',
      waiting: '0',
      logged: '10000000000',
      shared: '0',
      difference: '0',
    },
    refused: {},
    exporterCount: 1,
    exporters: [
      {
        exporter: '192.0.2.1',
        name: 'edge-1',
        format: 'NetFlow v9',
        domain: 3,
        lastReceivedAtMs: Date.UTC(2026, 0, 15, 12),
        datagrams: 1_000,
        records: 24_000,
        octets: '12000000000',
        templates: 2,
        missing: 7,
        missingAtRestart: 2,
        missingUnit: 'datagrams',
        duplicates: 1,
        reordered: 3,
        restarts: 0,
        samplingUnknownOctets: '0',
        timesMoved: 0,
        refused: 0,
      },
    ],
  };
}
