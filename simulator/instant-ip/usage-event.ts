/** A record as the CloudEvent of an already priced charge (DESIGN §7, §8). */
import {
  type InstantIpFieldName,
  type InstantIpRecord,
  instantIpFields,
  instantIpTexts,
} from '../../collectors/index.ts';

/** With `source`, `id` is the key by which the daemon knows a record again. */
export interface ChargeEvent {
  readonly specversion: '1.0';
  readonly type: 'meterd.charge';
  readonly source: string;
  readonly id: string;
  readonly subject: string;
  readonly time: string;
  readonly data: Readonly<Partial<Record<InstantIpFieldName, string | number>>>;
}

/** What a run's name may be: it becomes part of an address. */
export const runPattern = /^[A-Za-z0-9._-]{1,64}$/;

export interface EventTerms {
  readonly run: string;
  readonly account: string;
  /** Added to every record's time, ms. */
  readonly shiftMs: number;
}

export function chargeEvent(line: number, record: InstantIpRecord, { run, account, shiftMs }: EventTerms): ChargeEvent {
  const shifted = { ...record, dateTimeMs: record.dateTimeMs + shiftMs };
  const texts = instantIpTexts(shifted);
  const data = Object.fromEntries(instantIpFields.map(({ name }, index) => [name, texts[index]!]));
  return {
    specversion: '1.0',
    type: 'meterd.charge',
    source: `urn:meterd:instant-ip:${run}`,
    id: String(line),
    subject: account,
    time: new Date(shifted.dateTimeMs).toISOString(),
    data: { ...data, timeDelaySecond: record.timeDelaySeconds },
  };
}
