/** The period of the sample bill by days; change what a test is about. */
import type { SpendView } from '../../daemon/contract.ts';

export function sampleSpend(changes: Partial<SpendView> = {}): SpendView {
  const day = (date: string, amount: string, seconds: string) => ({ date, amount, use: { time: seconds } });
  return {
    account: 'A-1',
    currency: 'EUR',
    seq: 3,
    asOfMs: Date.UTC(2026, 0, 15, 12),
    period: { from: '2026-01-01', to: '2026-02-01' },
    days: [day('2026-01-01', '6.00', '3600'), day('2026-01-02', '10.10', '7200'), day('2026-01-03', '0', '0')],
    previous: {
      period: { from: '2025-12-01', to: '2026-01-01' },
      total: '60.00',
      sameDay: '31.00',
      sameDayDate: '2025-12-15',
      days: [day('2025-12-01', '30.00', '0'), day('2025-12-02', '0', '0'), day('2025-12-03', '1', '60')],
    },
    forecast: { amount: '53.28', usage: '16.10', perDay: '1.073333', daysBegun: 15, daysToGo: 16, due: '0.00' },
    runway: { left: '13.90', days: 12, until: '2026-01-27' },
    lines: [
      { label: 'On-peak hours', plan: 'evening', unit: 'hour', versions: [2, 3], charges: 18, records: 17 },
      { label: 'Monthly fee', plan: 'evening', unit: '', versions: [3], charges: 1, records: 0 },
    ],
    whole: true,
    ...changes,
  };
}
