/** `meterd export`: an account's charges of a bill period as a file of Instant-IP records. */

import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { type InstantIpForm, instantIpCsvHeader, writeInstantIpRecord } from '../../collectors/index.ts';
import { addDecimal, billPeriodAt } from '../../rating/index.ts';
import { loadConfig } from '../config.ts';
import { meterdError } from '../errors.ts';
import { type ExportedCharge, instantIpRecords } from '../export/instant-ip.ts';
import { instantOfPeriod } from '../http/bills.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Account, ChargeRow, StoreReader } from '../store/store.ts';

const help = `meterd export --format instant-ip --account ID [--config FILE | --data DIR] [--period YYYY-MM]
              [--form csv|fixed] [--vendor NAME] [--output FILE]

Writes the charges of one bill period as Instant-IP records, to standard output or a file. The daemon may be running.
  --period   local month in which the period begins (default: that of the account's last charge)
  --form     delimited with a header, or fixed width of 137 (default csv)
  --vendor   vendor of charges whose use named none, 1 to 12 characters (default meterd)
What had to be written short is told on standard error.`;

const pageSize = 1_000;

interface Wanted {
  readonly account: string;
  readonly data: string;
  readonly period: string | null;
  readonly form: InstantIpForm;
  readonly vendor: string;
  readonly output: string | null;
}

export async function exportCommand(args: string[]): Promise<number> {
  let wanted: Wanted;
  try {
    const { values } = parseArgs({
      args,
      options: {
        format: { type: 'string' },
        account: { type: 'string' },
        config: { type: 'string' },
        data: { type: 'string' },
        period: { type: 'string' },
        form: { type: 'string' },
        vendor: { type: 'string' },
        output: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      console.log(help);
      return 0;
    }
    wanted = wantedOf(values);
  } catch (cause) {
    console.error(`meterd export: ${(cause as Error).message}\n\n${help}`);
    return 2;
  }
  const file = join(wanted.data, 'store.db');
  if (!existsSync(file)) throw new Error(`there is no store at ${file}`);
  const store = openSqliteStore(file, { readOnly: true });
  try {
    await exportAccount(store, wanted);
  } finally {
    await store.close();
  }
  return 0;
}

function wantedOf(values: Readonly<Record<string, string | boolean | undefined>>): Wanted {
  const text = (name: string) => (typeof values[name] === 'string' ? (values[name] as string) : null);
  if (text('format') !== 'instant-ip') throw new Error('--format must be instant-ip');
  const account = text('account');
  if (account === null) throw new Error('--account is missing');
  const form = text('form') ?? 'csv';
  if (form !== 'csv' && form !== 'fixed') throw new Error('--form must be csv or fixed');
  const vendor = text('vendor') ?? 'meterd';
  if (!/^[\x21-\x7e]([\x20-\x7e]{0,10}[\x21-\x7e])?$/.test(vendor)) {
    throw new Error('--vendor must have 1 to 12 printable characters');
  }
  const data = text('data') ?? loadConfig(text('config'), process.env).config.data;
  return { account, data, period: text('period'), form, vendor, output: text('output') };
}

async function exportAccount(store: StoreReader, wanted: Wanted): Promise<void> {
  const account = await store.account(wanted.account);
  if (account === null) throw meterdError('account-unknown', `no account "${wanted.account}"`);
  const charges = await chargesOfPeriod(store, account, wanted.period);
  const output = wanted.output === null ? process.stdout : createWriteStream(wanted.output);
  const failed = once(output, 'error').then(([cause]) => Promise.reject(cause));
  const records = instantIpRecords({
    currency: account.currency,
    charges,
    payments: await store.payments(account.no),
    vendor: wanted.vendor,
    onShortened: (text, short) => console.error(`meterd export: "${text}" is written as "${short}"`),
  });
  await Promise.race([failed, writeAll(output, records, wanted.form)]);
}

async function writeAll(
  output: Writable,
  records: Iterable<Parameters<typeof writeInstantIpRecord>[0]>,
  form: InstantIpForm,
) {
  if (form === 'csv') output.write(`${instantIpCsvHeader}\n`);
  for (const record of records) {
    if (!output.write(`${writeInstantIpRecord(record, form)}\n`)) await once(output, 'drain');
  }
  if (output === process.stdout) return;
  output.end();
  await once(output, 'finish');
}

/** The period's charges in the order they were posted; the store gives them newest first, and only these are kept. */
async function chargesOfPeriod(store: StoreReader, account: Account, period: string | null): Promise<ExportedCharge[]> {
  let fromMs = period === null ? null : periodStart(account, period);
  const charges: ExportedCharge[] = [];
  let following: ChargeRow | null = null;
  let postedElsewhere = '0';
  const keepFollowing = () => {
    if (following !== null) charges.push({ charge: following, postedElsewhere });
  };
  for (let cursor: number | null = null; ; ) {
    const page = await store.chargesPage(account.no, cursor, pageSize);
    for (const charge of page.items) {
      fromMs ??= charge.periodFromMs;
      if (charge.periodFromMs !== fromMs) {
        postedElsewhere = addDecimal(postedElsewhere, charge.amount);
        continue;
      }
      keepFollowing();
      following = charge;
      postedElsewhere = '0';
    }
    cursor = page.next;
    if (cursor === null) break;
  }
  keepFollowing();
  return charges.reverse();
}

function periodStart({ timezone, cycleDay }: Account, period: string): number {
  return billPeriodAt(timezone, cycleDay, instantOfPeriod(period, cycleDay)).fromMs;
}
