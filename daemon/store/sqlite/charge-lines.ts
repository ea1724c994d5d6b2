/** Numbers of bill lines, which stand in charges instead of their names: read from their table, or added to it. */
import type Database from 'better-sqlite3';
import type { ChargeLine } from '../store.ts';

/** Lines of priced use are named by their vendors, so there may be any number. */
const rememberedMax = 20_000;
const recentMax = 8;

export class ChargeLines {
  readonly #find: Database.Statement<(string | number)[], { no: number }>;
  readonly #insert: Database.Statement<(string | number)[]>;
  readonly #last: Database.Statement<[], { no: number | null }>;
  readonly #known = new Map<string, number>();
  /** Most charges are of a few lines, found by comparing, without putting their names together. */
  readonly #recent: { readonly line: ChargeLine; readonly no: number }[] = [];
  readonly #added: { readonly line: ChargeLine; readonly no: number }[] = [];

  constructor(db: Database.Database) {
    this.#find = db.prepare(
      `SELECT no FROM charge_line
       WHERE plan_id = ? AND version = ? AND primitive = ? AND label = ? AND unit = ? AND kind = ?`,
    );
    this.#insert = db.prepare('INSERT INTO charge_line VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#last = db.prepare('SELECT max(no) AS no FROM charge_line');
  }

  /** The line's number, which is given to it now where it has none. */
  numberOf(line: ChargeLine): number {
    for (const recent of this.#recent) if (isSameLine(recent.line, line)) return recent.no;
    const values = valuesOf(line);
    const key = values.join('\n');
    const no = this.#known.get(key) ?? this.#find.get(...values)?.no ?? this.#add(line);
    if (this.#known.size >= rememberedMax && this.#added.length === 0) this.#known.clear();
    this.#known.set(key, no);
    if (this.#recent.unshift({ line, no }) > recentMax) this.#recent.pop();
    return no;
  }

  /** Puts lines that were given a number into the table, inside the caller's transaction. */
  write(): void {
    for (const { no, line } of this.#added) this.#insert.run(no, ...valuesOf(line));
  }

  /** What was added is durable. */
  committed(): void {
    this.#added.length = 0;
  }

  /** What was added never came to be. */
  forget(): void {
    if (this.#added.length === 0) return;
    this.#added.length = 0;
    this.#recent.length = 0;
    this.#known.clear();
  }

  #add(line: ChargeLine): number {
    const no = (this.#added.at(-1)?.no ?? this.#last.get()!.no ?? 0) + 1;
    this.#added.push({ line, no });
    return no;
  }
}

function valuesOf({ planId, version, primitive, label, unit, kind }: ChargeLine): (string | number)[] {
  return [planId, version, primitive, label, unit, kind];
}

function isSameLine(a: ChargeLine, b: ChargeLine): boolean {
  return (
    a.primitive === b.primitive &&
    a.label === b.label &&
    a.planId === b.planId &&
    a.version === b.version &&
    a.kind === b.kind &&
    a.unit === b.unit
  );
}
