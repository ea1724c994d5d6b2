import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InstantIpRecord } from '../../../collectors/index.ts';
import type { LiveMessage } from '../../../daemon/contract.ts';
import { feedLimits, InstantIpFeed, simulatedAccount } from '../../../simulator/instant-ip/feed.ts';
import { generatedRecords } from '../../../simulator/instant-ip/generate.ts';
import { initialLive, type LiveState, reduceLive } from '../../../web/live.ts';
import { emailRecord, readAll } from '../../collectors/instant-ip/samples.ts';

const nowMs = Date.UTC(2026, 5, 1);
const lawFirm = readAll(readFileSync('examples/instant-ip/law-firm.csv')).map((entry) => entry.record!);

function feedOf(records: readonly InstantIpRecord[]): InstantIpFeed {
  const feed = new InstantIpFeed('A file', records[0] ?? null, nowMs);
  for (const record of records) feed.add(record);
  return feed;
}

const linesOf = (feed: InstantIpFeed) =>
  feed.bill(nowMs).lines.map(({ label, quantity, unit, amount }) => [label, quantity, unit, amount].join(' '));

describe('the bill of a simulated server', () => {
  it('has the total and the balance of the last record, and lines that add up to it', () => {
    const feed = feedOf(lawFirm);
    expect(feed.bill(nowMs)).toMatchObject({
      account: simulatedAccount,
      currency: 'USD',
      period: { from: '2026-03-01', to: '2026-04-01' },
      total: '129.035',
      balance: '870.965',
      seq: 8,
      asOf: '2026-06-01T00:00:00.000Z',
    });
    expect(linesOf(feed)).toEqual([
      'Other charges 0.000  118.250',
      'Legal Database 16.000 PAGES 8.000',
      'Voice Transmission 8.250 MINS 0.322',
      'Email Transfer 2.750 MB 0.138',
      'Court Registry 2.000 FILING 0.000',
      'Video Conference 46.500 MINS 2.325',
    ]);
  });

  it('has totals per attribution and vendor, and the last charges for a display that comes later', () => {
    const { totals, recent } = feedOf(lawFirm).bill(nowMs);
    expect(totals!.attributions).toEqual([
      { name: 'C-1042', amount: '9.825' },
      { name: 'C-2210', amount: '0.460' },
      { name: 'C-3307', amount: '0.500' },
    ]);
    expect(totals!.vendors).toContainEqual({ name: 'LexFind', amount: '8.000' });
    expect(recent!).toHaveLength(8);
    expect(recent!.at(-1)!.usage.description).toBe('Video Conference');
  });

  it('before the first record is what the file brings forward', () => {
    const feed = new InstantIpFeed('A file', lawFirm[0]!, nowMs);
    expect(feed.bill(nowMs)).toMatchObject({
      currency: 'USD',
      total: '118.250',
      balance: '881.750',
      seq: 0,
      recent: [],
    });
    expect(new InstantIpFeed('Empty', null, nowMs).bill(nowMs)).toMatchObject({ total: '0.000', lines: [] });
  });

  it('begins again with another month whose total is its charge alone, or another currency', () => {
    const may = { ...emailRecord, dateTimeMs: Date.UTC(2009, 4, 1), totalToDateThousandths: 250n };
    const feed = feedOf([emailRecord, may]);
    expect(feed.bill(nowMs).period).toEqual({ from: '2009-05-01', to: '2009-06-01' });
    expect(linesOf(feed)).toEqual(['Email Transfer 3.500 MB 0.250']);
    feed.add({ ...may, currency: 'EUR' });
    expect(feed.bill(nowMs)).toMatchObject({ currency: 'EUR', total: '0.250', seq: 3 });
    expect(feed.since(2, nowMs).type).toBe('bill');
  });

  it('keeps names within bounds and tells no totals that would be wrong', () => {
    const feed = feedOf([emailRecord]);
    for (let n = 0; n < feedLimits.namesMax + 50; n++) {
      feed.add({ ...emailRecord, usageDescription: `Kind ${n}`, vendor: `V${n}`, totalToDateThousandths: 1n });
    }
    const bill = feed.bill(nowMs);
    expect(bill.lines.length).toBe(feedLimits.namesMax + 1);
    expect(bill.totals).toBeUndefined();
  });
});

describe('a viewer', () => {
  it('gets every field of a record: those of the display and those of the bill', () => {
    const feed = new InstantIpFeed('A file', emailRecord, nowMs);
    feed.add(emailRecord);
    expect(feed.since(0, nowMs)).toMatchObject({
      type: 'charges',
      fromSeq: 0,
      seq: 1,
      total: '1.250',
      balance: '8.750',
    });
    expect((feed.since(0, nowMs) as LiveMessage & { type: 'charges' }).charges).toEqual([
      {
        seq: 1,
        at: '2009-04-04T14:05:00.000Z',
        usage: {
          description: 'Email Transfer',
          additional: '2 attachments',
          units: '3.500',
          unit: 'MB',
          vendor: 'MailCo',
          attribution: 'Client 4711',
        },
        charge: '0.250',
        currency: 'USD',
        total: '1.250',
        balance: '8.750',
      },
    ]);
  });

  it('that is too far behind, ahead, or new gets the bill', () => {
    const feed = feedOf([...generatedRecords(300, 1)]);
    expect(feed.since(300, nowMs)).toMatchObject({ type: 'charges', charges: [] });
    expect(feed.since(200, nowMs)).toMatchObject({ type: 'charges', fromSeq: 200, seq: 300 });
    expect(feed.since(199, nowMs).type).toBe('bill');
    expect(feed.since(301, nowMs).type).toBe('bill');
    expect(feed.since(null, nowMs).type).toBe('bill');
  });

  it('that comes, lags and loses messages as it likes ends with the bill of the feed', () => {
    const steps = fc.array(fc.record({ records: fc.integer({ min: 0, max: 130 }), lost: fc.boolean() }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.integer(), steps, (seed, viewed) => {
        const records = generatedRecords(10_000, seed);
        const first = records.next().value!;
        const feed = new InstantIpFeed('A file', first, nowMs);
        feed.add(first);
        let atMs = nowMs;
        let state: LiveState = reduceLive(initialLive(simulatedAccount), { kind: 'opened', atMs }).state;
        const tell = () => {
          const message = feed.since(state.bill?.seq ?? null, ++atMs);
          state = reduceLive(state, { kind: 'message', message, atMs }).state;
        };
        for (const { records: count, lost } of viewed) {
          for (let n = 0; n < count; n++) feed.add(records.next().value!);
          if (!lost) tell();
        }
        tell();
        const bill = feed.bill(atMs);
        const { total, balance, seq, lines } = state.bill!;
        expect({ total, balance, seq, lines }).toEqual({
          total: bill.total,
          balance: bill.balance,
          seq: bill.seq,
          lines: bill.lines,
        });
      }),
      { numRuns: 30 },
    );
  });
});
