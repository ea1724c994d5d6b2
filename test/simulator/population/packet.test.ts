import { describe, expect, test } from 'vitest';
import { accountingRecord } from '../../../collectors/radius/accounting.ts';
import { readAccountingRequest } from '../../../collectors/radius/packet.ts';
import { requestOctetsMax } from '../../../simulator/nas/request.ts';
import { encodeReport } from '../../../simulator/population/packet.ts';
import { populationOf } from '../../../simulator/population/population.ts';
import type { Report } from '../../../simulator/population/reports.ts';
import { type VendorName, vendorNames } from '../../../simulator/population/vendors.ts';
import { builtInDictionary } from '../../fixtures/dictionary.ts';
import { decodeRequest } from '../nas/second-opinion.ts';

const secret = 'a secret of twenty-4 chars';
const dictionary = builtInDictionary();

const { reports } = populationOf({
  subscribers: 40,
  devices: 6,
  seed: 9,
  name: 'town',
  fromSeconds: Date.parse('2026-03-02T00:00:00Z') / 1000,
  toSeconds: Date.parse('2026-03-04T00:00:00Z') / 1000,
  interimSeconds: 1_800,
  vendors: vendorNames,
  plans: ['hourly'],
  zones: ['UTC'],
  reboots: 1,
  skewSeconds: 0,
  lost: 0,
  overtaken: 0,
});

function encoded(report: Report, delaySeconds = 0, identifier = 1): Buffer {
  const cell = Buffer.alloc(requestOctetsMax);
  const signing = { secret: Buffer.from(secret), messageAuthenticator: false };
  return cell.subarray(0, encodeReport(report, cell, { identifier, delaySeconds, signing }));
}

/** As the daemon reads it. */
function recordOf(report: Report) {
  const read = readAccountingRequest(encoded(report), {
    secrets: [Buffer.from(secret)],
    requireMessageAuthenticator: false,
  });
  if (!read.ok) throw new Error(`refused: ${read.reason}`);
  const { record } = accountingRecord(read.packet, {
    group: 'g',
    sourceAddress: '192.0.2.9',
    receivedAtMs: report.eventSeconds * 1000,
    swapDirections: false,
    separateIpv6Octets: 'ignore',
    dictionary,
    clockPastMsMax: 1_000,
    clockFutureMsMax: 1_000,
  });
  return record;
}

function lastInterim(vendor: VendorName): Report {
  const of = reports.filter(({ kind, device }) => kind === 'interim' && device.vendor === vendor);
  return of.reduce((most, report) => (report.octetsIn > most.octetsIn ? report : most));
}

describe.each(vendorNames)('a report of %s', (vendor) => {
  test('tells the use, whose it is, the device and the session, in 2^32 or beyond as the vendor can', () => {
    const report = lastInterim(vendor);
    const { seconds, octetsIn, octetsOut, session, device } = report;
    expect(octetsIn).toBeGreaterThan(2 ** 32);
    const record = recordOf(report);
    const wraps = vendor === 'legacy' ? 2 ** 32 : 2 ** 52;
    expect(Object.fromEntries(record.readings.map(({ meter, quantity }) => [meter, Number(quantity)]))).toEqual({
      time: seconds,
      'octets-in': octetsIn % wraps,
      'octets-out': octetsOut % wraps,
    });
    expect(record.source.wide).toBe(vendor !== 'legacy');
    expect(record.subjects[0]).toEqual({ kind: 'login', value: session!.subscriber.login });
    expect(record.subjects[1]?.value).toMatch(/^02[0-9a-f]{10}$/);
    expect(record.source.session).toBe(session!.id);
    if (device.identifier) expect(record.source.device).toBe(`g/${device.identifier}`);
    else expect(record.source.device).toMatch(/^g\/\d+\.\d+\.\d+\.\d+$/);
    expect(record.attributes.clock).toBeUndefined();
  });

  test('is read by another implementation too, and fits its cell', () => {
    for (const report of reports.filter(({ device }) => device.vendor === vendor).slice(0, 300)) {
      const packet = encoded(report);
      expect(packet.length).toBeLessThan(requestOctetsMax - secret.length);
      expect(decodeRequest(packet, secret).code).toBe('Accounting-Request');
    }
  });
});

test.each([
  ['mikrotik', { 'Mikrotik-Realm': 'example.net', 'NAS-Port-Id': /^ether\d+$/ }],
  ['cisco', { 'Cisco-AVPair:connect-progress': 'Call Up', 'Cisco-NAS-Port': /^0\/0\/1\// }],
  ['juniper-erx', { 'ERX-Virtual-Router-Name': 'default', 'ERX-Pppoe-Description': /^pppoe / }],
  ['huawei', { 'HW-Domain-Name': 'example.net', 'HW-Connect-ID': /^\d+$/ }],
  ['nokia-sr', { 'Alc-SLA-Prof-Str': 'sla-100m', 'Alc-Subsc-ID-Str': /^line-/ }],
] as const)('%s tells attributes of its own, which the daemon knows', (vendor, wanted) => {
  const { attributes } = recordOf(lastInterim(vendor));
  for (const [name, value] of Object.entries(wanted)) {
    expect(attributes[name]).toEqual(value instanceof RegExp ? expect.stringMatching(value) : value);
  }
});

test('another Acct-Delay-Time makes other octets of the same report, with the same event time', () => {
  const report = lastInterim('cisco');
  const [first, again] = [decodeRequest(encoded(report), secret), decodeRequest(encoded(report, 5, 2), secret)];
  expect(again.attributes['Acct-Delay-Time']).toBe(5);
  expect(again.attributes['Event-Timestamp']).toEqual(first.attributes['Event-Timestamp']);
  expect(again.identifier).not.toBe(first.identifier);
});

test('a device tells its restart with an Acct-Status-Type of its own and without counters', () => {
  const on = recordOf(reports.find(({ kind }) => kind === 'accounting-on')!);
  expect(on).toMatchObject({ status: 'accounting-on', subjects: [], readings: [] });
});
