/** A charge as the live feed sends it; change what a test is about. */
import type { LiveCharge } from '../../daemon/contract.ts';

export type ChargeChanges = Partial<Omit<LiveCharge, 'usage'>> & Partial<LiveCharge['usage']>;

export function sampleCharge(seq: number, changes: ChargeChanges = {}): LiveCharge {
  const { description, additional, units, unit, vendor, attribution, ...rest } = changes;
  return {
    seq,
    at: new Date(Date.UTC(2026, 0, 15, 11, 0, seq)).toISOString(),
    usage: {
      description: description ?? 'Gaming Service',
      additional: additional ?? 'StarCraft Multi-user',
      units: units ?? '2.5',
      unit: unit ?? 'HOURS',
      vendor: vendor ?? 'Battle.net',
      attribution: attribution ?? '',
    },
    charge: '0.125',
    currency: 'EUR',
    total: '36.10',
    balance: '13.90',
    ...rest,
  };
}
