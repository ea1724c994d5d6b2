/**
 * A message of charges as JSON, without the object in between: one is made for each watched account a second, ten
 * thousand in all, and what seldom changes is kept as it was written (lines-json.ts, kept-sessions.ts).
 */
import { allowancesOf, type BillPeriod } from '../../rating/index.ts';
import { balanceOf } from '../bills/bill-view.ts';
import type { PostedCharge } from '../partitions/partition.ts';
import type { RatedAccount } from '../partitions/rated-account.ts';
import type { OpenSessions } from '../store/store.ts';
import { type JsonOctets, octetsOf } from './json-octets.ts';
import type { KeptSessions } from './kept-sessions.ts';
import type { LinesJson } from './lines-json.ts';
import { writeLiveCharges } from './live-charges.ts';

export interface ChargesToTell {
  readonly pending: readonly PostedCharge[];
  /** Number of the charge before them. */
  readonly fromSeq: number;
  readonly paid: string;
  readonly lines: LinesJson;
  readonly sessions: KeptSessions;
  /** What `sessions` tells of now. */
  readonly openSessions: OpenSessions;
  readonly period: BillPeriod;
  readonly committedMs: number | null;
  readonly nowMs: number;
}

const part = {
  account: octetsOf('{"type":"charges","account":'),
  fromSeq: octetsOf(',"fromSeq":'),
  seq: octetsOf(',"seq":'),
  total: octetsOf(',"total":"'),
  balance: octetsOf('","balance":"'),
  committedMs: octetsOf('","committedMs":'),
  asOfMs: octetsOf(',"asOfMs":'),
  lines: octetsOf(',"lines":'),
  noAllowances: octetsOf(',"allowances":[]'),
  allowances: octetsOf(',"allowances":'),
  charges: octetsOf(',"charges":'),
};

export function writeCharges(json: JsonOctets, rated: RatedAccount, told: ChargesToTell): void {
  const { account, terms, state, seq } = rated;
  const { pending, fromSeq, paid, lines, period, committedMs, nowMs } = told;
  const bill = state.bills.find(({ fromMs }) => fromMs === period.fromMs);
  json.clear();
  json.put(part.account);
  json.quote(account.id);
  json.add(part.fromSeq, String(fromSeq));
  json.add(part.seq, String(seq));
  json.add(part.total, lines.take(terms, bill?.lines ?? []));
  json.add(part.balance, balanceOf(paid, state, account.currency));
  if (committedMs === null) json.write('"');
  else json.add(part.committedMs, String(committedMs));
  json.add(part.asOfMs, String(nowMs));
  json.put(part.lines);
  lines.write(json);
  const allowances = allowancesOf(terms, state, period);
  if (allowances.length === 0) json.put(part.noAllowances);
  else json.add(part.allowances, JSON.stringify(allowances));
  told.sessions.write(json, told.openSessions);
  json.put(part.charges);
  writeLiveCharges(json, rated, pending, { paid, period });
  json.write('}');
}
