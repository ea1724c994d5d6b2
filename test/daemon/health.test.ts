import { describe, expect, it } from 'vitest';
import { CollectorCounters, DeviceSights } from '../../daemon/counters.ts';
import { type HealthInputs, healthView } from '../../daemon/health/health.ts';
import { subjectKey } from '../../daemon/mediation/guide.ts';
import type { PartitionProgress } from '../../daemon/store/store.ts';

const progress: PartitionProgress = {
  position: 10,
  rated: 6,
  withoutUse: 3,
  duplicate: 1,
  quarantined: 0,
  lastSessionId: 2,
  lastChargeId: 9,
  posted: { USD: '12.340000', EUR: '0' },
  onBills: { USD: '12.34' },
};
const collector = new CollectorCounters('radius').view();
const well: HealthInputs = {
  nowMs: 1_000,
  startedAtMs: 0,
  version: '0.1.0',
  collectors: [collector],
  progress,
  lastPosition: 10,
  waitingForMs: null,
  suspense: { waiting: 0, suspended: 5, released: 5 },
  suspenseSubjects: [],
  devices: [],
  logWritable: true,
  raterFaulty: false,
  clockDifferenceMs: 0,
  flows: null,
  process: { rssBytes: 1, uptimeSeconds: 1, receiveBufferBytes: 1, kernelDrops: 0 },
};

describe('the verdict', () => {
  it('is ok where all is well', () => {
    expect(healthView(well)).toMatchObject({ verdict: 'ok', summary: expect.stringContaining('All is well') });
  });

  /** Worst first: each line alone gives its verdict, and any before it outweighs those after it. */
  const troubles: [string, 'critical' | 'warning', Partial<HealthInputs>, RegExp][] = [
    ['a log that cannot be written', 'critical', { logWritable: false }, /usage log cannot be written/],
    ['records that leaked', 'critical', { collectors: [collector, { ...collector, difference: -2 }] }, /-2 received/],
    [
      'logged records that leaked',
      'critical',
      { progress: { ...progress, rated: 5 } },
      /1 logged records are unaccounted/,
    ],
    [
      'money that differs',
      'critical',
      { progress: { ...progress, onBills: { USD: '12.34', EUR: '0.000001' } } },
      /differ by -0\.000001 EUR/,
    ],
    ['rating that stopped', 'critical', { raterFaulty: true }, /Rating has stopped/],
    ['a backlog', 'warning', { lastPosition: 11, waitingForMs: 10_001 }, /lags 10 s behind the log \(1 records\)/],
    [
      'quarantine',
      'warning',
      { progress: { ...progress, duplicate: 0, quarantined: 1 } },
      /1 records could not be rated/,
    ],
    ['a clock that was set', 'warning', { clockDifferenceMs: -61_000 }, /clock was set by -61 s/],
    ['drops', 'warning', { process: { ...well.process, kernelDrops: 4 } }, /dropped 4 datagrams/],
    ['suspense', 'warning', { suspense: { waiting: 3, suspended: 3, released: 0 } }, /suspense/],
  ];

  it.each(troubles)('is told of %s', (_, verdict, changes, summary) => {
    const view = healthView({ ...well, ...changes });
    expect([view.verdict, summary.test(view.summary) || view.summary]).toEqual([verdict, true]);
  });

  it('is the worst of all that is wrong', () => {
    let changes: Partial<HealthInputs> = {};
    for (const [name, verdict, change, summary] of troubles.toReversed()) {
      // Both change the progress, and neither may undo the other.
      const merged = { ...changes, ...change };
      if (changes.progress && change.progress) merged.progress = { ...changes.progress, ...differing(change.progress) };
      changes = merged;
      const view = healthView({ ...well, ...changes });
      expect([name, view.verdict, summary.test(view.summary) || view.summary]).toEqual([name, verdict, true]);
    }
  });

  it.each([
    ['a backlog that is young', { lastPosition: 11, waitingForMs: 10_000 }],
    ['nothing waiting, whatever the timer says', { waitingForMs: 99_999 }],
    ['drops the system does not tell', { process: { ...well.process, kernelDrops: null } }],
    [
      'refused records, which are accounted for',
      { collectors: [{ ...collector, received: 3, refused: { forged: 3 } }] },
    ],
    ['money equal in another writing', { progress: { ...progress, onBills: { USD: '12.34000000', EUR: '-0.00' } } }],
  ] as [string, Partial<HealthInputs>][])('is ok with %s', (_, changes) => {
    expect(healthView({ ...well, ...changes })).toMatchObject({ verdict: 'ok' });
  });
});

function differing(changed: PartitionProgress): Partial<PartitionProgress> {
  return Object.fromEntries(
    Object.entries(changed).filter(([key, value]) => value !== progress[key as keyof PartitionProgress]),
  );
}

describe('the view', () => {
  it('tells the law of logged records', () => {
    expect(healthView({ ...well, lastPosition: 14, waitingForMs: 5 }).partition).toEqual({
      logged: 14,
      rated: 6,
      withoutUse: 3,
      duplicate: 1,
      quarantined: 0,
      waiting: 4,
      difference: 0,
      oldestWaitingMs: 5,
    });
  });

  it('tells the law of money by currency, with one side or both', () => {
    const money = { posted: { USD: '1.5', CHF: '-2' }, onBills: { USD: '1.25', EUR: '3' } };
    const view = healthView({ ...well, progress: { ...progress, ...money } });
    expect(view.money.map(({ currency, difference }) => [currency, Number(difference)])).toEqual([
      ['CHF', -2],
      ['EUR', -3],
      ['USD', 0.25],
    ]);
  });

  it('tells what waits in suspense by subject', () => {
    const key = subjectKey({ kind: 'local-id', value: 'x:1', provider: 'p' });
    const also = [{ key: subjectKey({ kind: 'account', value: 'x' }), count: 3 }];
    const view = healthView({ ...well, suspenseSubjects: [{ key, reason: 'unknown-subject', count: 2, also }] });
    expect(view.suspense.subjects).toEqual([
      {
        kind: 'local-id',
        value: 'x:1',
        provider: 'p',
        count: 2,
        reason: 'unknown-subject',
        also: [{ kind: 'account', value: 'x', count: 3 }],
      },
    ]);
  });

  it('tells the whole of a login that has line feeds', () => {
    const key = subjectKey({ kind: 'login', value: 'nl1\nzzz\n' });
    const view = healthView({ ...well, suspenseSubjects: [{ key, reason: 'unknown-subject', count: 1, also: [] }] });
    expect(view.suspense.subjects).toMatchObject([{ kind: 'login', value: 'nl1\nzzz\n' }]);
  });

  it('shows at most 500 devices, those with refusals first, then the longest silent', () => {
    const sights = new DeviceSights();
    for (let n = 0; n < 600; n++) sights.see(`d${n}`, 'c', 1_000 - n);
    sights.see('bad', 'c', 5_000).refused = 1;
    const { devices } = healthView({ ...well, devices: sights.all() });
    expect([devices.length, devices[0]?.device, devices[1]?.device]).toEqual([500, 'bad', 'd599']);
  });
});

describe('the counters of a collector', () => {
  it('are the law received = logged + suspended + refused + answered again + in flight', () => {
    const counters = new CollectorCounters('radius');
    Object.assign(counters, { received: 15, logged: 5, suspended: 2, answeredFromCache: 3, inFlight: 1 });
    for (const reason of ['bad-authenticator', 'bad-authenticator', 'bad-length']) counters.refuse(reason);
    expect(counters.view()).toMatchObject({ refused: { 'bad-authenticator': 2, 'bad-length': 1 }, difference: 1 });
  });
});

describe('the devices seen', () => {
  it('are bounded: the one seen longest ago is forgotten', () => {
    const sights = new DeviceSights();
    for (let n = 0; n < 20_000; n++) sights.see(`d${n}`, 'c', n);
    sights.see('d0', 'c', 30_000);
    sights.see('new', 'c', 30_001);
    const names = new Set(sights.all().map(({ device }) => device));
    expect([names.size, names.has('d0'), names.has('d1'), names.has('new')]).toEqual([20_000, true, false, true]);
  });

  it('are not displaced by forgeries from many addresses, of which the latest are shown beside them', () => {
    const sights = new DeviceSights();
    sights.see('nas', 'c', 0);
    for (let n = 0; n < 30_000; n++) sights.refuse(`forged${n}`, 'c', 1 + n);
    const names = sights.all().map(({ device }) => device);
    expect([names.length, names[0], names.at(-1)]).toEqual([101, 'nas', 'forged29999']);
  });

  it('keep what was refused from their address, before and after the first that verified', () => {
    const sights = new DeviceSights();
    sights.refuse('nas', 'c', 1);
    sights.see('nas', 'c', 2);
    sights.refuse('nas', 'c', 3);
    expect(sights.all()).toMatchObject([{ device: 'nas', received: 1, refused: 2, lastSeenMs: 3 }]);
  });
});
