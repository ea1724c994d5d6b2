import { describe, expect, it } from 'vitest';
import { addressToWords, waitingSubject } from '../../../collectors/index.ts';
import { readConfig } from '../../../daemon/config.ts';
import { FlowMeter } from '../../../daemon/flows/flow-meter.ts';
import { type FlowWindow, octetsOfWindow, recordOf } from '../../../daemon/flows/flow-window.ts';
import { SimulatedExporter } from '../../../simulator/index.ts';
import { exporterDefaults } from '../../fixtures/flows.ts';

const startMs = Date.UTC(2026, 0, 15, 12);

function meterOf(flow: Record<string, number> = {}, netflow: Record<string, unknown> = {}) {
  const text = JSON.stringify({ netflow: { exporters: ['127.0.0.0/8'], ...netflow }, flow: { holdMs: 0, ...flow } });
  const { config } = readConfig(text, 'meterd.yaml', {});
  const windows: FlowWindow[] = [];
  const meter = new FlowMeter({
    netflow: config.netflow,
    flow: config.flow,
    handOver: (window) => windows.push(window),
  });
  return { meter, windows };
}

/** Says from when on the simulator's subscriber 0 is whose. */
function holders(...list: readonly (readonly [account: number, fromMs: number, untilMs: number])[]): Float64Array {
  const words = new Uint32Array(4);
  addressToWords('10.0.0.0', words);
  return Float64Array.from([4, 32, ...words, list.length, ...list.flat()]);
}

function datagramsOf(records: number): SimulatedExporter {
  const options = { format: 'v5', subscribers: 1, records, startMs, recordsPerSecond: 1_000 } as const;
  return new SimulatedExporter({ ...exporterDefaults, ...options });
}

describe('a datagram', () => {
  it('is guided by what is known when it has waited, not when it came', () => {
    const { meter, windows } = meterOf({ holdMs: 5_000 });
    const exporter = datagramsOf(60);
    for (const { bytes, exportMs } of exporter.datagrams()) meter.receive(bytes, '127.0.0.1', exportMs, 0);
    meter.takeDue(4_999, 100);
    expect(meter.status().records).toBe(0);
    meter.addresses.update(holders([7, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]));
    meter.takeDue(5_000, 100);
    meter.closeWindow();
    expect(new Set(windows[0]!.subjects)).toEqual(new Set([7]));
    expect(octetsOfWindow(windows[0]!)).toBe(exporter.totals.octets);
  });

  it('waits less where there is no room, and none is lost', () => {
    const { meter, windows } = meterOf({ holdMs: 5_000, heldBytesMax: 1024 * 1024 });
    const exporter = datagramsOf(60_000);
    meter.addresses.update(holders([7, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]));
    for (const { bytes, exportMs } of exporter.datagrams()) meter.receive(bytes, '127.0.0.1', exportMs, 0);
    expect(meter.status().hurried).toBeGreaterThan(0);
    while (meter.takeDue(Number.POSITIVE_INFINITY, 1_000));
    meter.closeWindow();
    expect(octetsOfWindow(windows[0]!)).toBe(exporter.totals.octets);
  });
});

describe('a window', () => {
  it('waits until the one before it is in the log, and has everything since then', () => {
    const { meter, windows } = meterOf();
    meter.addresses.update(holders([7, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]));
    const exporter = datagramsOf(90);
    for (const { bytes, exportMs } of exporter.datagrams()) {
      meter.receive(bytes, '127.0.0.1', exportMs, 0);
      meter.closeWindow();
    }
    expect(windows).toHaveLength(1);
    expect(meter.closeWindow()).toBe(false);
    meter.logged();
    expect(meter.closeWindow()).toBe(true);
    expect(windows.reduce((sum, window) => sum + octetsOfWindow(window), 0n)).toBe(exporter.totals.octets);
    const { openOctets, handedOverOctets, octets } = meter.status();
    expect([openOctets, handedOverOctets]).toEqual([0n, octets.metered]);
  });

  it('of nothing but numbering is closed as well, once', () => {
    const { meter, windows } = meterOf();
    for (const { bytes, exportMs } of datagramsOf(10).datagrams()) meter.receive(bytes, '127.0.0.1', exportMs, 0);
    expect(meter.closeWindow()).toBe(true);
    expect(windows[0]).toMatchObject({ count: 0, sequences: expect.stringContaining('127.0.0.1') });
    meter.logged();
    expect(meter.closeWindow()).toBe(false);
    expect(meter.status().octets).toMatchObject({ metered: 0n, unguided: meter.status().octets.received });
  });

  it('splits a flow where its address passes to somebody else', () => {
    const { meter, windows } = meterOf();
    const exporter = datagramsOf(300);
    const changeMs = startMs - 20_000;
    meter.addresses.update(holders([2, changeMs, Number.POSITIVE_INFINITY], [1, Number.NEGATIVE_INFINITY, changeMs]));
    for (const { bytes, exportMs } of exporter.datagrams()) meter.receive(bytes, '127.0.0.1', exportMs, 0);
    meter.closeWindow();
    const [window] = windows;
    expect(octetsOfWindow(window!)).toBe(exporter.totals.octets);
    for (let at = 0; at < window!.count; at++) {
      if (window!.subjects[at] === 1) expect(window!.endMs[at]).toBeLessThanOrEqual(changeMs);
      else expect(window!.startMs[at]).toBeGreaterThanOrEqual(changeMs);
    }
    expect(new Set(window!.subjects)).toEqual(new Set([1, 2]));
  });

  it('has what waits for a holder under its address', () => {
    const { meter, windows } = meterOf({}, { subscribers: ['10.0.0.0/8'] });
    for (const { bytes, exportMs } of datagramsOf(10).datagrams()) meter.receive(bytes, '127.0.0.1', exportMs, 0);
    meter.closeWindow();
    const [window] = windows;
    expect(window!.subjects[0]).toBe(waitingSubject);
    const record = recordOf(window!, 0, { key: 'k', classNames: [''] });
    expect(record).toMatchObject({
      status: 'event',
      subjects: [{ kind: 'address', value: '10.0.0.0' }],
      attributes: {},
    });
  });
});
