/**
 * One step's work on the log: its entries applied in order, their effects gathered for one transaction. Nothing here
 * reads or writes a file; what an entry needs was loaded by partition.ts.
 */
import type { MeterReading, UsageRecord } from '../../collectors/index.ts';
import {
  addPosted,
  attributesRead,
  closeBill,
  postFromOther,
  postPriced,
  type RatedCharge,
  type RateResult,
  rateTick,
  rateUsage,
} from '../../rating/index.ts';
import { encodeEntries } from '../log/entry-codec.ts';
import type { LogEntry } from '../log/usage-log.ts';
import { isOfEarlier, mayBeOfEarlier } from '../mediation/incarnation.ts';
import {
  applyDeviceRestart,
  applyNextIncarnation,
  applySessionRecord,
  applySilence,
  applyToEarlier,
  type SessionResult,
  type SessionState,
  type SessionUse,
  sessionKey,
} from '../mediation/session.ts';
import type {
  AccountProgress,
  ChargeDetail,
  ChargeLine,
  ChargeRow,
  OutgoingPosting,
  PartitionProgress,
  QuarantinedEntry,
  SessionRow,
  UsageRow,
} from '../store/store.ts';
import { attributesOf, detailOf } from './charge-detail.ts';
import type { HeldSessions } from './held-sessions.ts';
import { type AccountFlag, EncodedAccount, type RatedAccount } from './rated-account.ts';
import { addShare } from './shares.ts';
import { SumsByCurrency } from './sums-by-currency.ts';
import { absurdReading, quantitiesOf } from './use-quantities.ts';

/** A plan may still multiply it: each way from `usage` to a rater brings it there once more. */
const chargeQuantityMax = (1n << 63n) - 1n;

/** One step's work: entries applied in log order, their effects gathered for one transaction. */
export class Fold {
  position: number;
  entries = 0;
  readonly touched = new Set<number>();
  readonly flagged: AccountFlag[] = [];
  readonly #accounts: Map<number, RatedAccount>;
  readonly #sessions: HeldSessions;
  #usage: UsageRow[] = [];
  #charges: ChargeRow[] = [];
  readonly #quarantined: QuarantinedEntry[] = [];
  readonly #outgoing: OutgoingPosting[] = [];
  readonly #sessionRows = new Map<number, SessionRow>();
  /** Sessions of these that tell something else than what is stored of them. */
  readonly #newDetails = new Set<number>();
  readonly #posted: SumsByCurrency;
  /** Of the touched accounts, what was posted before this step is taken away first. */
  readonly #onBills: SumsByCurrency;
  readonly #count;
  /** The last of each primitive. */
  readonly #lines = new Map<string, ChargeLine>();
  #lastSessionId: number;
  #lastChargeId: number;
  readonly #before: PartitionProgress;

  constructor(progress: PartitionProgress, accounts: Map<number, RatedAccount>, sessions: HeldSessions) {
    this.#before = progress;
    this.#posted = new SumsByCurrency(progress.posted);
    this.#onBills = new SumsByCurrency(progress.onBills);
    this.position = progress.position;
    this.#accounts = accounts;
    this.#sessions = sessions;
    this.#lastSessionId = progress.lastSessionId;
    this.#lastChargeId = progress.lastChargeId;
    this.#count = { rated: 0, withoutUse: 0, duplicate: 0, quarantined: 0 };
  }

  apply(entry: LogEntry): void {
    this.position++;
    this.entries++;
    if (entry.kind === 'posting') this.#applyPosting(entry);
    else if (entry.kind === 'silence') this.#applySilence(entry.session, entry.lastHeardMs);
    else if (entry.kind !== 'usage') this.#applyClock(entry);
    else if (entry.record.status === 'accounting-on' || entry.record.status === 'accounting-off') {
      this.#applyDeviceRestart(entry.record);
    } else if (entry.record.status === 'other') this.#count.withoutUse++;
    else if (entry.record.status === 'event') this.#applyEvent(entry.account, entry.record, entry);
    else this.#applySession(entry.account, entry.record, entry);
  }

  setAside(entry: LogEntry, fault: string): void {
    this.position++;
    this.entries++;
    this.#quarantine(entry, 'rating-fault', fault);
  }

  /** Number of rows made since they were last taken. */
  get rows(): number {
    return this.#usage.length + this.#charges.length;
  }

  /** Rows made since they were last taken, which the caller keeps for the commit. */
  takeRows(): { readonly usage: readonly UsageRow[]; readonly charges: readonly ChargeRow[] } {
    const rows = { usage: this.#usage, charges: this.#charges };
    this.#usage = [];
    this.#charges = [];
    return rows;
  }

  /** What is to be committed beside the rows. */
  finish() {
    const accounts: AccountProgress[] = [];
    for (const no of this.touched) {
      const rated = this.#accounts.get(no)!;
      addPosted(this.#onBills.of(rated.account.currency), rated.state, 1);
      accounts.push(new EncodedAccount(rated));
    }
    const progress: PartitionProgress = {
      position: this.position,
      rated: this.#before.rated + this.#count.rated,
      withoutUse: this.#before.withoutUse + this.#count.withoutUse,
      duplicate: this.#before.duplicate + this.#count.duplicate,
      quarantined: this.#before.quarantined + this.#count.quarantined,
      lastSessionId: this.#lastSessionId,
      lastChargeId: this.#lastChargeId,
      posted: this.#posted.amounts(),
      onBills: this.#onBills.amounts(),
    };
    const sessions = [...this.#sessionRows.values()];
    return {
      progress,
      sessions,
      newDetails: this.#newDetails,
      accounts,
      quarantined: this.#quarantined,
      outgoing: this.#outgoing,
    };
  }

  /** A charge from another account; the log holds each but once. */
  #applyPosting(entry: Extract<LogEntry, { kind: 'posting' }>): void {
    const rated = this.#accounts.get(entry.account);
    if (!rated) return this.#quarantine(entry, 'account-unknown', 'the account that is to pay does not exist');
    this.#touch(rated);
    const result = postFromOther(rated.terms, rated.state, entry.posting);
    this.#post(rated, entry, result, entry.posting.atMs, null);
  }

  #applyClock(entry: Extract<LogEntry, { kind: 'tick' | 'close' }>): void {
    const rated = this.#accounts.get(entry.account);
    if (!rated) return this.#quarantine(entry, 'account-unknown', `no account of number ${entry.account}`);
    this.#touch(rated);
    const result =
      entry.kind === 'tick'
        ? rateTick(rated.terms, rated.state, entry.atMs)
        : closeBill(rated.terms, rated.state, entry.periodFromMs);
    if (result.ok && result.charges.length === 0) this.#count.withoutUse++;
    else this.#post(rated, entry, result, entry.kind === 'tick' ? entry.atMs : null, null);
  }

  #applyDeviceRestart(record: UsageRecord): void {
    this.#count.withoutUse++;
    for (const key of this.#sessions.openOf(record.source.device)) {
      const row = this.#sessions.get(key)!;
      const state = applyDeviceRestart(row.state, record.endMs);
      if (state !== row.state) this.#keepSession(row, row.id, state);
    }
  }

  #applySilence(key: string, lastHeardMs: number): void {
    const row = this.#sessions.get(key);
    const state = row ? applySilence(row.state, lastHeardMs) : null;
    if (!row || state === null || state === row.state) this.#count.duplicate++;
    else {
      this.#count.withoutUse++;
      this.#keepSession(row, row.id, state);
    }
  }

  #applySession(account: number, record: UsageRecord, entry: LogEntry): void {
    const key = sessionKey(record);
    if (key === null) return this.#quarantine(entry, 'no-session-id', 'a session report without Acct-Session-Id');
    const latest = this.#sessions.get(key);
    if (latest !== null && mayBeOfEarlier(latest.state, record)) {
      const earlier = this.#sessions.earlier(key) ?? null;
      if (isOfEarlier(latest.state, earlier?.state ?? null, record)) {
        return this.#applyToEarlier(latest, earlier, record, entry);
      }
    }
    this.#keep(latest, applySessionRecord(latest?.state ?? null, record, account), record, entry);
  }

  /** What the session before the latest of its id tells is not seen as another's, nor given up. */
  #applyToEarlier(latest: SessionRow, earlier: SessionRow | null, record: UsageRecord, entry: LogEntry): void {
    const result = earlier === null ? null : applyToEarlier(earlier.state, record);
    if (result !== null) return this.#keep(earlier, result, record, entry);
    const tellsUse = record.status !== 'start' && record.readings.some(({ quantity }) => quantity > 0n);
    if (!tellsUse) this.#count.duplicate++;
    else {
      const since = new Date(latest.state.startMs).toISOString();
      this.#quarantine(entry, 'session-unknown', `its id is another session's since ${since}, or was another's before`);
    }
  }

  #keep(known: SessionRow | null, result: SessionResult, record: UsageRecord, entry: LogEntry): void {
    // Before the session is kept: after a counter that high, all true ones would look like late repetitions.
    const absurd = absurdReading(result.use?.readings ?? []);
    if (absurd) return this.#quarantine(entry, 'out-of-range', `${absurd.meter}: ${absurd.quantity} at once`);
    const id = result.opened ? ++this.#lastSessionId : known!.id;
    if (result.opened && known?.state.open) {
      this.#keepSession(known, known.id, applyNextIncarnation(known.state));
    }
    if (result.state !== known?.state) this.#keepSession(known, id, result.state);
    if (result.use === null) this.#count[result.outcome === 'duplicate' ? 'duplicate' : 'withoutUse']++;
    else this.#rate(id, result, result.use, record, entry);
  }

  /** An event is use by itself; the log holds each but once. */
  #applyEvent(account: number, record: UsageRecord, entry: LogEntry): void {
    const rated = this.#accounts.get(account);
    if (!rated) return this.#quarantine(entry, 'account-unknown', `no account of number ${account}`);
    const absurd = absurdReading(record.readings);
    if (absurd) return this.#quarantine(entry, 'out-of-range', `${absurd.meter}: ${absurd.quantity} at once`);
    const { priced, source, startMs, endMs } = record;
    if (priced && priced.currency !== rated.account.currency) {
      const detail = `a charge in ${priced.currency} for an account in ${rated.account.currency}`;
      return this.#quarantine(entry, 'currency', detail);
    }
    const readings = record.readings.filter(({ quantity }) => quantity > 0n);
    if (!priced && readings.length === 0) {
      this.#count.withoutUse++;
      return;
    }
    const attributes = priced ? attributesOf(priced) : record.attributes;
    const { device, session = '' } = source;
    this.#touch(rated);
    this.#keepUsage(rated, { sessionId: 0, device, session, attributes, startMs, endMs }, readings);
    const result = priced
      ? postPriced(rated.terms, rated.state, { ...priced, atMs: startMs })
      : rateUsage(rated.terms, rated.state, {
          id: String(this.position),
          readings,
          startMs,
          endMs,
          attributes,
          ...(session === '' ? {} : { chargeable: `event ${device.length}:${device}${session}` }),
        });
    this.#post(rated, entry, result, endMs, detailOf(attributes));
  }

  #rate(sessionId: number, { state }: SessionResult, use: SessionUse, record: UsageRecord, entry: LogEntry): void {
    const rated = this.#accounts.get(state.account);
    if (!rated) return this.#quarantine(entry, 'account-unknown', `no account of number ${state.account}`);
    this.#touch(rated);
    const { device, session } = state;
    const { startMs, endMs } = use;
    const attributes = attributesRead(rated.terms, record.attributes);
    this.#keepUsage(rated, { sessionId, device, session, attributes, startMs, endMs }, use.readings);
    const result = rateUsage(rated.terms, rated.state, {
      id: String(this.position),
      readings: use.readings,
      startMs: use.startMs,
      endMs: use.endMs,
      attributes: record.attributes,
      chargeable: `session ${sessionId}`,
    });
    this.#post(rated, entry, result, use.endMs, detailOf(record.attributes));
  }

  #keepUsage(
    rated: RatedAccount,
    about: Omit<UsageRow, 'position' | 'previous' | 'account' | 'readings'>,
    readings: readonly MeterReading[],
  ): void {
    this.#usage.push({
      position: this.position,
      previous: rated.lastUsagePosition,
      account: rated.account.no,
      sessionId: about.sessionId,
      device: about.device,
      session: about.session,
      attributes: about.attributes,
      startMs: about.startMs,
      endMs: about.endMs,
      readings: quantitiesOf(readings),
    });
    rated.lastUsagePosition = this.position;
  }

  #post(
    rated: RatedAccount,
    entry: LogEntry,
    result: RateResult,
    atMs: number | null,
    detail: ChargeDetail | null,
  ): void {
    if (!result.ok) return this.#quarantine(entry, result.reason, result.detail);
    const beyond = result.charges.find(({ baseQuantity }) => baseQuantity > chargeQuantityMax);
    // The account's state has it already, so only beginning again without this entry undoes it (partition.ts).
    if (beyond) throw new RangeError(`"${beyond.label}" would charge ${beyond.baseQuantity} base units at once`);
    this.#count.rated++;
    if (result.flags) for (const flag of result.flags) this.flagged.push({ ...flag, account: rated.account.id });
    for (const [n, charge] of result.charges.entries()) {
      if (charge.account === undefined) this.#postCharge(rated, charge, entry.kind === 'usage', atMs, detail);
      else this.#sendCharge(charge, charge.account, n, atMs);
    }
  }

  /** To another account, by the log: it may be in another partition. */
  #sendCharge(charge: RatedCharge, account: string, n: number, atMs: number | null): void {
    const { planId, version, primitive, label, unit, amount, baseQuantity, currency = '' } = charge;
    const posting = { planId, version, primitive, label, unit, amount, baseQuantity, currency };
    this.#outgoing.push({
      position: this.position,
      n,
      account,
      posting: { ...posting, atMs: atMs ?? charge.periodToMs - 1 },
    });
  }

  #postCharge(
    rated: RatedAccount,
    charge: RatedCharge,
    fromUsage: boolean,
    atMs: number | null,
    detail: ChargeDetail | null,
  ): void {
    this.#posted.of(rated.account.currency).addDecimal(charge.amount);
    if (detail) addShare(rated.shares, charge.periodFromMs, detail, charge.amount);
    const id = ++this.#lastChargeId;
    this.#charges.push({
      id,
      previous: rated.lastChargeId,
      account: rated.account.no,
      seq: ++rated.seq,
      position: this.position,
      fromUsage,
      line: this.#lineOf(charge),
      periodFromMs: charge.periodFromMs,
      periodToMs: charge.periodToMs,
      amount: charge.amount,
      baseQuantity: charge.baseQuantity,
      atMs: atMs ?? charge.periodToMs,
      detail,
    });
    rated.lastChargeId = id;
  }

  /** Charges of a step mostly share a few lines. */
  #lineOf({ planId, version, primitive, label, unit, kind }: RatedCharge): ChargeLine {
    const known = this.#lines.get(primitive);
    const isSame =
      known?.planId === planId &&
      known.version === version &&
      known.label === label &&
      known.unit === unit &&
      known.kind === kind;
    if (isSame) return known;
    const line = { planId, version, primitive, label, unit, kind };
    this.#lines.set(primitive, line);
    return line;
  }

  #keepSession(known: SessionRow | null, id: number, state: SessionState): void {
    if (known?.id !== id || known.state.details !== state.details) this.#newDetails.add(id);
    this.#sessionRows.set(id, this.#sessions.keep(known, id, state));
  }

  #touch(rated: RatedAccount): void {
    const { no, currency } = rated.account;
    if (this.touched.has(no)) return;
    this.touched.add(no);
    addPosted(this.#onBills.of(currency), rated.state, -1);
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
