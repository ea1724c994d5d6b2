/**
 * An account's charges and use by local day, for the bill's period and the one before, read back along the account's
 * chains of rows (store/sqlite/migrations.ts: they carry no index). What has been read is kept, so that later questions
 * read only what is new. Bounded in accounts and in rows; where rows are more, `whole` says so.
 */
import { addDecimal, billPeriodAt, zoneNamed } from '../../rating/index.ts';
import type { LineCount } from '../contract.ts';
import type { Account, ChargeRow, StoreReader, UsageRow } from '../store/store.ts';
import { dateOf } from './forecast.ts';

export interface DaySum {
  amount: string;
  /** Of which for use. */
  usage: string;
  readonly use: Map<string, bigint>;
}

export interface PeriodHistory {
  readonly fromMs: number;
  readonly toMs: number;
  readonly from: string;
  readonly to: string;
  /** By local day number. */
  readonly days: Map<number, DaySum>;
  readonly lines: Map<string, Counted>;
  /** Sum of the charges read. */
  posted: string;
}

export interface AccountHistory {
  readonly current: PeriodHistory;
  readonly previous: PeriodHistory;
  whole: boolean;
}

interface Counted extends Omit<LineCount, 'versions' | 'records' | 'charges'> {
  readonly versions: Set<number>;
  charges: number;
  records: number;
  lastPosition: number;
}

interface Kept extends AccountHistory {
  chargeId: number;
  usagePosition: number;
}

const accountsKept = 1_000;
const rowsMax = 100_000;
const pageRows = 500;
/** Late use is posted between newer charges while its bill is open, so reading goes on past the first older ones. */
const olderRowsMax = 500;

type Reader = Pick<StoreReader, 'chargesPage' | 'usagePage'>;

export class AccountHistories {
  readonly #reader: Reader;
  readonly #kept = new Map<number, Promise<Kept>>();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** The account's history as of now; one reading at a time for an account. */
  of(account: Account, nowMs: number): Promise<AccountHistory> {
    const before = this.#kept.get(account.no);
    const next = (before ?? Promise.resolve(null)).catch(() => null).then((kept) => this.#read(account, nowMs, kept));
    this.#kept.delete(account.no);
    if (this.#kept.size >= accountsKept) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(account.no, next);
    return next;
  }

  async #read(account: Account, nowMs: number, known: Kept | null): Promise<Kept> {
    const { timezone, cycleDay } = account;
    const period = billPeriodAt(timezone, cycleDay, nowMs);
    const kept = known?.current.fromMs === period.fromMs ? known : begin(account, period);
    const charges = await this.#newRows((before) => this.#reader.chargesPage(account.no, before, pageRows), {
      until: kept.chargeId,
      placeOf: (row) => row.id,
      isOlder: (row) => row.periodFromMs < kept.previous.fromMs,
    });
    const usage = await this.#newRows((before) => this.#reader.usagePage(account.no, before, pageRows), {
      until: kept.usagePosition,
      placeOf: (row) => row.position,
      isOlder: (row) => row.endMs <= kept.previous.fromMs,
    });
    const zone = zoneNamed(timezone);
    for (const row of charges.rows) addCharge(kept, row, zone.dayAt(row.atMs));
    for (const row of usage.rows) addUse(kept, row, zone.dayAt(row.startMs));
    kept.chargeId = charges.newest ?? kept.chargeId;
    kept.usagePosition = usage.newest ?? kept.usagePosition;
    kept.whole &&= charges.whole && usage.whole;
    return kept;
  }

  async #newRows<T>(
    page: (before: number | null) => Promise<{ readonly items: readonly T[]; readonly next: number | null }>,
    reading: { readonly until: number; placeOf(row: T): number; isOlder(row: T): boolean },
  ): Promise<{ readonly rows: T[]; readonly newest: number | null; readonly whole: boolean }> {
    const rows: T[] = [];
    let older = 0;
    let newest: number | null = null;
    for (let before: number | null = null; ; ) {
      const { items, next } = await page(before);
      for (const row of items) {
        const place = reading.placeOf(row);
        newest ??= place;
        if (place <= reading.until) return { rows, newest, whole: true };
        older = reading.isOlder(row) ? older + 1 : 0;
        if (older > olderRowsMax) return { rows, newest, whole: true };
        if (older === 0) rows.push(row);
        if (rows.length >= rowsMax) return { rows, newest, whole: false };
      }
      if (next === null) return { rows, newest, whole: true };
      before = next;
      // Reading is synchronous inside: others get their turn between pages.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function begin(account: Account, period: ReturnType<typeof billPeriodAt>): Kept {
  const before = billPeriodAt(account.timezone, account.cycleDay, period.fromMs - 1);
  const empty = (span: typeof period): PeriodHistory => ({ ...span, days: new Map(), lines: new Map(), posted: '0' });
  return { current: empty(period), previous: empty(before), whole: true, chargeId: 0, usagePosition: 0 };
}

function addCharge(history: AccountHistory, row: ChargeRow, day: number): void {
  const period = [history.current, history.previous].find(({ fromMs }) => fromMs === row.periodFromMs);
  if (period === undefined) return;
  const sum = dayOfPeriod(period, day);
  const ofUse = row.line.kind === 'usage' || row.line.kind === 'priced';
  sum.amount = addDecimal(sum.amount, row.amount);
  if (ofUse) sum.usage = addDecimal(sum.usage, row.amount);
  period.posted = addDecimal(period.posted, row.amount);
  count(period, row);
}

function addUse(history: AccountHistory, row: UsageRow, day: number): void {
  const period = [history.current, history.previous].find((p) => row.startMs >= p.fromMs && row.startMs < p.toMs);
  if (period === undefined) return;
  const { use } = dayOfPeriod(period, day);
  for (const [meter, quantity] of Object.entries(row.readings)) use.set(meter, (use.get(meter) ?? 0n) + quantity);
}

/** What falls outside of its period, as late use and the end of a month do, belongs to its first or last day. */
function dayOfPeriod(period: PeriodHistory, day: number): DaySum {
  const [first, last] = [dayNumber(period.from), dayNumber(period.to) - 1];
  const within = Math.min(Math.max(day, first), last);
  const known = period.days.get(within) ?? { amount: '0', usage: '0', use: new Map<string, bigint>() };
  period.days.set(within, known);
  return known;
}

/** Rows come newest first, several of one record one after the other. */
function count({ lines }: PeriodHistory, { line, fromUsage, position }: ChargeRow): void {
  const key = JSON.stringify([line.planId, line.label, line.unit]);
  const fresh = { label: line.label, plan: line.planId, unit: line.unit, versions: new Set<number>(), charges: 0 };
  const counted = lines.get(key) ?? { ...fresh, records: 0, lastPosition: 0 };
  lines.set(key, counted);
  counted.versions.add(line.version);
  counted.charges++;
  if (fromUsage && position !== counted.lastPosition) counted.records++;
  counted.lastPosition = position;
}

/** Number of a local date YYYY-MM-DD, 1970-01-01 = 0. */
export function dayNumber(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 86_400_000;
}

/** Every day of a period up to `lastDay`, in order, those without anything too. */
export function daysOf(period: PeriodHistory, lastDay: number) {
  const days = [];
  for (let day = dayNumber(period.from); day <= Math.min(lastDay, dayNumber(period.to) - 1); day++) {
    const sum = period.days.get(day);
    const use = Object.fromEntries([...(sum?.use ?? [])].map(([meter, quantity]) => [meter, String(quantity)]));
    days.push({ date: dateOf(day), amount: sum?.amount ?? '0', use });
  }
  return days;
}
