/**
 * Any number of records from a seed, for trials: they agree with each other (REQUIREMENTS I7), and the same seed gives
 * the same records.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import {
  type InstantIpForm,
  type InstantIpRecord,
  instantIpCsvHeader,
  writeInstantIpRecord,
} from '../../collectors/index.ts';
import { randomStream } from '../nas/random.ts';

interface Kind {
  readonly description: string;
  readonly additional: readonly string[];
  readonly unit: string;
  readonly vendor: string;
  /** Thousandths of a unit, at most; and thousandths of the currency a unit costs. */
  readonly unitsMax: number;
  readonly price: number;
}

const kinds: readonly Kind[] = [
  {
    description: 'Email Transfer',
    additional: ['', 'with attachment'],
    unit: 'MB',
    vendor: 'MailCo',
    unitsMax: 9_000,
    price: 50,
  },
  {
    description: 'Gaming Service',
    additional: ['StarCraft Multi-user'],
    unit: 'HOURS',
    vendor: 'GameHall',
    unitsMax: 3_000,
    price: 750,
  },
  {
    description: 'Voice Transmission',
    additional: ['Ann Arbor to Delhi'],
    unit: 'MINS',
    vendor: 'TeleVoice',
    unitsMax: 45_000,
    price: 39,
  },
  {
    description: 'Financial Graphs',
    additional: ['NYSE Graphing'],
    unit: 'GRAPHS',
    vendor: 'TickerHouse',
    unitsMax: 12_000,
    price: 125,
  },
];
const attributions = ['Client 4711', 'Client 4712', 'Room 12', ''];
const firstMs = Date.UTC(2026, 0, 1);
const deposit = 100_000n;

export function* generatedRecords(count: number, seed: number): Generator<InstantIpRecord> {
  const chance = randomStream(seed);
  const below = (limit: number) => Math.floor(chance() * limit);
  const one = <T>(items: readonly T[]) => items[below(items.length)]!;
  let dateTimeMs = firstMs;
  let total = 0n;
  let balance = deposit;
  for (let n = 0; n < count; n++) {
    const kind = one(kinds);
    const units = BigInt(1 + below(kind.unitsMax));
    const charge = (units * BigInt(kind.price)) / 1000n;
    const timeDelaySeconds = below(10);
    const before = dateTimeMs;
    dateTimeMs += (1 + below(10)) * 1000;
    const sameMonth = new Date(before).getUTCMonth() === new Date(dateTimeMs).getUTCMonth();
    total = (sameMonth ? total : 0n) + charge;
    balance -= charge;
    if (balance < 0n) balance += deposit;
    yield {
      usageDescription: kind.description,
      additionalUsageDescription: one(kind.additional),
      unitsThousandths: units,
      unitOfMeasure: kind.unit,
      dateTimeMs,
      vendor: kind.vendor,
      chargeThousandths: charge,
      currency: 'USD',
      totalToDateThousandths: total,
      balanceRemainingThousandths: balance,
      usageAttribution: one(attributions),
      timeDelaySeconds,
    };
  }
}

export interface GenerateOptions {
  readonly count: number;
  readonly seed: number;
  readonly form: InstantIpForm;
}

/** Writes a new file; rejects if there is one already, or it can't be written. */
export async function generateFile(path: string, { count, seed, form }: GenerateOptions): Promise<void> {
  const file = createWriteStream(path, { flags: 'wx' });
  await once(file, 'open');
  if (form === 'csv') file.write(`${instantIpCsvHeader}\n`);
  for (const record of generatedRecords(count, seed)) {
    if (!file.write(`${writeInstantIpRecord(record, form)}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}
