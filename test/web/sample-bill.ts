/** A bill for the pages' tests; change what a test is about. */
import type { BillView } from '../../daemon/contract.ts';

export function sampleBill(changes: Partial<BillView> = {}): BillView {
  const asOfMs = changes.asOfMs ?? Date.UTC(2026, 0, 15, 12);
  return {
    account: 'A-1',
    name: 'Ada Martin',
    currency: 'EUR',
    timezone: 'Europe/Paris',
    period: { from: '2026-01-01', to: '2026-02-01' },
    total: '36.10',
    balance: '13.90',
    prepaid: false,
    asOf: new Date(asOfMs).toISOString(),
    asOfMs,
    seq: 3,
    lines: [line('Monthly fee', '0', '', '20.00'), line('On-peak hours', '16.1', 'hour', '16.10')],
    allowances: [],
    sessions: [],
    sessionCount: changes.sessions?.length ?? 0,
    ...changes,
  };
}

export function line(label: string, quantity: string, unit: string, amount: string): BillView['lines'][number] {
  return { label, plan: 'evening', quantity, baseQuantity: '0', unit, amount, exactAmount: amount };
}
