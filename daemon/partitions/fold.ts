/**
 * One step's work on the log: its entries applied in order, their effects gathered for one transaction. Nothing here
 * reads or writes a file; what an entry needs was loaded by partition.ts.
 */
import type { UsageRecord } from '../../collectors/index.ts';
import {
  type AccountState,
  type AccountTerms,
  addDecimal,
  closeBill,
  encodeState,
  postedTotal,
  type RatedCharge,
  type RateResult,
  rateTick,
  rateUsage,
} from '../../rating/index.ts';
import { encodeEntries } from '../log/entry-codec.ts';
import type { LogEntry } from '../log/usage-log.ts';
import {
  applyDeviceRestart,
  applySessionRecord,
  type SessionResult,
  type SessionState,
  type SessionUse,
  sessionKey,
} from '../mediation/session.ts';
import type {
  Account,
  AccountProgress,
  ChargeRow,
  PartitionProgress,
  QuarantinedEntry,
  SessionRow,
  UsageRow,
} from '../store/store.ts';

/** An account as the partition keeps it: terms, state, and the ends of its chains of rows. */
export interface RatedAccount {
  readonly account: Account;
  terms: AccountTerms;
  readonly state: AccountState;
  seq: number;
  lastChargeId: number;
  lastUsagePosition: number;
}

/** A row holds 63 bits, and what came in and went out may be charged together. No session uses so much. */
const useQuantityMax = 1n << 62n;
/** A plan may still multiply it: each way from `usage` to a rater brings it there once more. */
const chargeQuantityMax = (1n << 63n) - 1n;

/** Notes whether a session is open, by device, for Accounting-On and -Off. */
export function indexOpen(openByDevice: Map<string, Set<string>>, state: SessionState): void {
  if (!state.open) return unindexOpen(openByDevice, state);
  const keys = openByDevice.get(state.device) ?? new Set();
  openByDevice.set(state.device, keys.add(state.key));
}

/** A device without open sessions leaves nothing behind: whoever has a secret may make up names. */
export function unindexOpen(openByDevice: Map<string, Set<string>>, { device, key }: SessionState): void {
  const keys = openByDevice.get(device);
  keys?.delete(key);
  if (keys?.size === 0) openByDevice.delete(device);
}

/** One step's work: entries applied in log order, their effects gathered for one transaction. */
export class Fold {
  position: number;
  entries = 0;
  readonly touched = new Set<number>();
  readonly #accounts: Map<number, RatedAccount>;
  readonly #sessions: Map<string, SessionRow | null>;
  readonly #openByDevice: Map<string, Set<string>>;
  readonly #usage: UsageRow[] = [];
  readonly #charges: ChargeRow[] = [];
  readonly #quarantined: QuarantinedEntry[] = [];
  readonly #sessionRows = new Map<number, SessionRow>();
  readonly #postedBefore = new Map<number, string>();
  readonly #count;
  #lastSessionId: number;
  #lastChargeId: number;
  readonly #before: PartitionProgress;

  constructor(
    progress: PartitionProgress,
    accounts: Map<number, RatedAccount>,
    sessions: Map<string, SessionRow | null>,
    openByDevice: Map<string, Set<string>>,
  ) {
    this.#before = progress;
    this.position = progress.position;
    this.#accounts = accounts;
    this.#sessions = sessions;
    this.#openByDevice = openByDevice;
    this.#lastSessionId = progress.lastSessionId;
    this.#lastChargeId = progress.lastChargeId;
    this.#count = { rated: 0, withoutUse: 0, duplicate: 0, quarantined: 0 };
  }

  apply(entry: LogEntry): void {
    this.position++;
    this.entries++;
    if (entry.kind !== 'usage') this.#applyClock(entry);
    else if (entry.record.status === 'accounting-on' || entry.record.status === 'accounting-off') {
      this.#applyDeviceRestart(entry.record);
    } else if (entry.record.status === 'other') this.#count.withoutUse++;
    else this.#applySession(entry.account, entry.record, entry);
  }

  setAside(entry: LogEntry, fault: string): void {
    this.position++;
    this.entries++;
    this.#quarantine(entry, 'rating-fault', fault);
  }

  finish() {
    const posted = { ...this.#before.posted };
    const onBills = { ...this.#before.onBills };
    for (const charge of this.#charges) {
      const { currency } = this.#accounts.get(charge.account)!.account;
      posted[currency] = addDecimal(posted[currency] ?? '0', charge.amount);
    }
    const accounts: AccountProgress[] = [];
    for (const no of this.touched) {
      const rated = this.#accounts.get(no)!;
      const { currency } = rated.account;
      const added = addDecimal(postedTotal(rated.state), negated(this.#postedBefore.get(no)!));
      onBills[currency] = addDecimal(onBills[currency] ?? '0', added);
      accounts.push({
        account: no,
        state: encodeState(rated.state),
        seq: rated.seq,
        lastChargeId: rated.lastChargeId,
        lastUsagePosition: rated.lastUsagePosition,
      });
    }
    const progress: PartitionProgress = {
      position: this.position,
      rated: this.#before.rated + this.#count.rated,
      withoutUse: this.#before.withoutUse + this.#count.withoutUse,
      duplicate: this.#before.duplicate + this.#count.duplicate,
      quarantined: this.#before.quarantined + this.#count.quarantined,
      lastSessionId: this.#lastSessionId,
      lastChargeId: this.#lastChargeId,
      posted,
      onBills,
    };
    const sessions = [...this.#sessionRows.values()];
    return { progress, usage: this.#usage, charges: this.#charges, sessions, accounts, quarantined: this.#quarantined };
  }

  #applyClock(entry: Exclude<LogEntry, { kind: 'usage' }>): void {
    const rated = this.#accounts.get(entry.account);
    if (!rated) return this.#quarantine(entry, 'account-unknown', `no account of number ${entry.account}`);
    this.#touch(rated);
    const result =
      entry.kind === 'tick'
        ? rateTick(rated.terms, rated.state, entry.atMs)
        : closeBill(rated.terms, rated.state, entry.periodFromMs);
    if (result.ok && result.charges.length === 0) this.#count.withoutUse++;
    else this.#post(rated, entry, result, entry.kind === 'tick' ? entry.atMs : null);
  }

  #applyDeviceRestart(record: UsageRecord): void {
    this.#count.withoutUse++;
    for (const key of [...(this.#openByDevice.get(record.source.device) ?? [])]) {
      const row = this.#sessions.get(key);
      if (!row) continue;
      const state = applyDeviceRestart(row.state, record.endMs);
      if (state !== row.state) this.#keepSession({ id: row.id, state });
    }
  }

  #applySession(account: number, record: UsageRecord, entry: LogEntry): void {
    const key = sessionKey(record);
    if (key === null) return this.#quarantine(entry, 'no-session-id', 'a session report without Acct-Session-Id');
    const known = this.#sessions.get(key) ?? null;
    const result = applySessionRecord(known?.state ?? null, record, account);
    // Before the session is kept: after a counter that high, all true ones would look like late repetitions.
    const absurd = result.use?.readings.find(({ quantity }) => quantity >= useQuantityMax);
    if (absurd) return this.#quarantine(entry, 'out-of-range', `${absurd.meter}: ${absurd.quantity} at once`);
    const id = result.opened ? ++this.#lastSessionId : known!.id;
    if (result.opened && known?.state.open) this.#keepSession({ id: known.id, state: { ...known.state, open: false } });
    if (result.state !== known?.state) this.#keepSession({ id, state: result.state });
    if (result.use === null) this.#count[result.outcome === 'duplicate' ? 'duplicate' : 'withoutUse']++;
    else this.#rate(id, result, result.use, record, entry);
  }

  #rate(sessionId: number, { state }: SessionResult, use: SessionUse, record: UsageRecord, entry: LogEntry): void {
    const rated = this.#accounts.get(state.account);
    if (!rated) return this.#quarantine(entry, 'account-unknown', `no account of number ${state.account}`);
    this.#touch(rated);
    this.#usage.push({
      position: this.position,
      previous: rated.lastUsagePosition,
      account: state.account,
      sessionId,
      device: state.device,
      session: state.session,
      startMs: use.startMs,
      endMs: use.endMs,
      readings: Object.fromEntries(use.readings.map(({ meter, quantity }) => [meter, quantity])),
    });
    rated.lastUsagePosition = this.position;
    const result = rateUsage(rated.terms, rated.state, {
      id: String(this.position),
      readings: use.readings,
      startMs: use.startMs,
      endMs: use.endMs,
      attributes: record.attributes,
      chargeable: `session ${sessionId}`,
    });
    this.#post(rated, entry, result, use.endMs);
  }

  #post(rated: RatedAccount, entry: LogEntry, result: RateResult, atMs: number | null): void {
    if (!result.ok) return this.#quarantine(entry, result.reason, result.detail);
    const beyond = result.charges.find(({ baseQuantity }) => baseQuantity > chargeQuantityMax);
    // The account's state has it already, so only beginning again without this entry undoes it (partition.ts).
    if (beyond) throw new RangeError(`"${beyond.label}" would charge ${beyond.baseQuantity} base units at once`);
    this.#count.rated++;
    for (const charge of result.charges) this.#postCharge(rated, charge, entry.kind === 'usage', atMs);
  }

  #postCharge(rated: RatedAccount, charge: RatedCharge, fromUsage: boolean, atMs: number | null): void {
    const id = ++this.#lastChargeId;
    this.#charges.push({
      id,
      previous: rated.lastChargeId,
      account: rated.account.no,
      seq: ++rated.seq,
      position: this.position,
      fromUsage,
      line: {
        planId: charge.planId,
        version: charge.version,
        primitive: charge.primitive,
        label: charge.label,
        unit: charge.unit,
        kind: charge.kind,
      },
      periodFromMs: charge.periodFromMs,
      periodToMs: charge.periodToMs,
      amount: charge.amount,
      baseQuantity: charge.baseQuantity,
      atMs: atMs ?? charge.periodToMs,
    });
    rated.lastChargeId = id;
  }

  #keepSession(row: SessionRow): void {
    this.#sessionRows.set(row.id, row);
    // Deleted first, so that the map's order is that of last use.
    if (this.#sessions.get(row.state.key)?.id !== undefined && this.#sessions.get(row.state.key)!.id > row.id) return;
    this.#sessions.delete(row.state.key);
    this.#sessions.set(row.state.key, row);
    indexOpen(this.#openByDevice, row.state);
  }

  #touch(rated: RatedAccount): void {
    const { no } = rated.account;
    if (this.touched.has(no)) return;
    this.touched.add(no);
    this.#postedBefore.set(no, postedTotal(rated.state));
  }

  #quarantine(entry: LogEntry, reason: string, detail: string): void {
    this.#count.quarantined++;
    this.#quarantined.push({
      position: this.position,
      account: entry.account,
      reason,
      detail,
      entry: encodeEntries([entry]),
    });
  }
}

function negated(amount: string): string {
  return amount.startsWith('-') ? amount.slice(1) : `-${amount}`;
}
