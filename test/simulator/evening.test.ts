import { expect, test } from 'vitest';
import { eveningBills, type UsePiece } from '../../simulator/index.ts';

function use(from: string, to: string): UsePiece {
  const seconds = (text: string) => Date.parse(`${text}Z`) / 1000;
  return { user: 'ada', startSeconds: seconds(from), endSeconds: seconds(to), octetsIn: 0n, octetsOut: 0n };
}

const january = [
  use('2001-01-02T00:00', '2001-01-04T00:00'),
  use('2001-01-05T10:00', '2001-01-07T10:00'),
  use('2001-01-08T17:00', '2001-01-08T23:00'),
  use('2001-01-09T22:00', '2001-01-10T03:00'),
  use('2001-01-11T00:00', '2001-01-16T00:00'),
  use('2001-01-17T09:00', '2001-01-17T15:00'),
  use('2001-01-20T18:30', '2001-01-20T19:30'),
];
const february = [use('2001-02-01T00:00', '2001-02-05T04:00'), use('2001-02-10T20:00', '2001-02-10T21:30')];

test('the worked example of the evening plan: 110.63, 21.50, 20.00', () => {
  expect(eveningBills([...january, ...february], ['2001-01', '2001-02', '2001-03'])).toEqual([
    {
      month: '2001-01',
      freeSeconds: 360_000,
      peakSeconds: 106_200,
      offPeakSeconds: 376_200,
      usage: '80.625000',
      total: '110.63',
    },
    { month: '2001-02', freeSeconds: 360_000, peakSeconds: 5400, offPeakSeconds: 0, usage: '1.500000', total: '21.50' },
    { month: '2001-03', freeSeconds: 0, peakSeconds: 0, offPeakSeconds: 0, usage: '0.000000', total: '20.00' },
  ]);
});

test('a minute across 19:00 past the free hours is 0.0125', () => {
  const free = use('2001-01-02T00:00', '2001-01-06T04:00');
  const [bill] = eveningBills([free, use('2001-01-10T18:59:30', '2001-01-10T19:00:30')], ['2001-01']);
  expect(bill!.usage).toBe('0.012500');
});

test('use is placed in the local month and hour', () => {
  const hourEast = () => 3600;
  const free = use('2001-01-02T00:00', '2001-01-06T04:00');
  // 22:30-23:30 UTC is 23:30-00:30 local: half an hour of January's peak, half an hour of February's free hours.
  const bills = eveningBills([free, use('2001-01-31T22:30', '2001-01-31T23:30')], ['2001-01', '2001-02'], hourEast);
  expect(bills.map((bill) => [bill.peakSeconds, bill.freeSeconds])).toEqual([
    [1800, 360_000],
    [0, 1800],
  ]);
  expect(() => eveningBills(january, ['2001-02'])).toThrow(/2001-01/);
});
