/**
 * A message of charges as JSON, without the object in between: one is made for each watched account a second, ten
 * thousand in all, and what did not change since the last is taken as it was written (lines-text.ts, kept-sessions.ts).
 */
import { allowancesOf, type BillPeriod } from '../../rating/index.ts';
import { balanceOf } from '../bills/bill-view.ts';
import type { RatedAccount } from '../partitions/rated-account.ts';
import type { ChargeRow } from '../store/store.ts';
import type { LinesText } from './lines-text.ts';
import { liveChargesText } from './live-charges.ts';

export interface ChargesToTell {
  readonly pending: readonly ChargeRow[];
  /** Number of the charge before them. */
  readonly fromSeq: number;
  readonly paid: string;
  /** `KeptSessions.textOf`. */
  readonly sessions: string;
  readonly period: BillPeriod;
  readonly committedMs: number | null;
  readonly nowMs: number;
}

export function chargesText(rated: RatedAccount, lines: LinesText, told: ChargesToTell): string {
  const { account, terms, state, seq } = rated;
  const { pending, fromSeq, paid, sessions, period, committedMs, nowMs } = told;
  const bill = state.bills.find(({ fromMs }) => fromMs === period.fromMs);
  const shown = lines.of(terms, bill?.lines ?? []);
  const balance = balanceOf(paid, state, account.currency);
  const head = `{"type":"charges","account":${JSON.stringify(account.id)},"fromSeq":${fromSeq},"seq":${seq}`;
  const times = `${committedMs === null ? '' : `"committedMs":${committedMs},`}"asOfMs":${nowMs}`;
  const figures = `"total":"${shown.total}","balance":"${balance}",${times},"lines":${shown.text}`;
  const allowances = JSON.stringify(allowancesOf(terms, state, period));
  const charges = liveChargesText(rated, pending, { paid, period });
  return `${head},${figures},"allowances":${allowances},${sessions},"charges":${charges}}`;
}
