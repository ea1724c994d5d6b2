/** What an account spent by day, the period before beside it, and where the period leads (DESIGN §7, REQUIREMENTS I11). */
import type { FastifyInstance } from 'fastify';
import {
  type AccountState,
  type AccountTerms,
  addDecimal,
  billOf,
  copyState,
  decodeState,
  newAccountState,
  rateTickUntil,
  roundToMinor,
  zoneNamed,
} from '../../rating/index.ts';
import {
  AccountHistories,
  type AccountHistory,
  dayNumber,
  daysOf,
  type PeriodHistory,
} from '../bills/account-history.ts';
import { balanceOf } from '../bills/bill-view.ts';
import { dateOf, forecastOf, runwayOf } from '../bills/forecast.ts';
import type { SpendView } from '../contract.ts';
import type { Account } from '../store/store.ts';
import { access } from './access.ts';
import { accountOfPath } from './accounts.ts';
import type { HttpContext } from './context.ts';
import { schemas } from './openapi/schemas.ts';

export function spendRoutes(server: FastifyInstance, { deps }: HttpContext): void {
  const { reader } = deps;
  const histories = new AccountHistories(reader);
  const operation = {
    tag: 'bills',
    summary: 'Spend and use by day, the period before, and an estimate of where the period leads',
    answer: { status: 200, schema: schemas.SpendView, description: 'The period by days.' },
    refusals: ['account-unknown'],
  } as const;
  server.get(
    '/api/accounts/:id/spend',
    { config: { access: access.readBill, operation } },
    async (request): Promise<SpendView> => {
      const account = await accountOfPath(reader, request);
      const nowMs = deps.clock();
      const history = await histories.of(account, nowMs);
      // After the history, so that a charge in between is in the total rather than missing from it.
      const { state, seq } = await reader.accountProgress(account.no);
      const known = state === null ? newAccountState() : decodeState(state);
      const paid = await reader.paidTotal(account.no);
      const terms = await deps.terms(account);
      return spendView({ account, terms, state: known, seq, paid, history, nowMs });
    },
  );
}

interface SpendInputs {
  readonly account: Account;
  readonly terms: AccountTerms;
  readonly state: AccountState;
  readonly seq: number;
  readonly paid: string;
  readonly history: AccountHistory;
  readonly nowMs: number;
}

function spendView({ account, terms, state, seq, paid, history, nowMs }: SpendInputs): SpendView {
  const { current, previous } = history;
  const { currency, prepaid, creditLimit } = account;
  const zone = zoneNamed(account.timezone);
  const today = zone.dayAt(nowMs);
  const begun = firstDay(account, current, zone.dayAt(account.createdMs));
  const forecast = forecastOf({
    currency,
    total: billOf(terms, state, current.fromMs).total,
    usage: [...current.days.values()].reduce((sum, day) => addDecimal(sum, day.usage), '0'),
    due: dueUntil(terms, state, current),
    daysBegun: Math.max(1, today - begun + 1),
    daysToGo: Math.max(0, dayNumber(current.to) - 1 - today),
  });
  const balance = balanceOf(paid, state, currency);
  return {
    account: account.id,
    currency,
    seq,
    asOfMs: nowMs,
    period: { from: current.from, to: current.to },
    days: daysOf(current, today),
    previous: previousView(previous, today - dayNumber(current.from), currency),
    forecast,
    runway: runwayOf(forecast, { currency, prepaid, balance, creditLimit, today }),
    lines: [...current.lines.values()].map(({ lastPosition: _, versions, ...line }) => ({
      ...line,
      versions: [...versions].sort((a, b) => a - b),
    })),
    whole: history.whole,
  };
}

/** An account made, or first charged, within the period has had no days before. */
function firstDay({ createdMs }: Account, current: PeriodHistory, createdDay: number): number {
  const first = dayNumber(current.from);
  if (createdMs <= current.fromMs) return first;
  return Math.max(first, Math.min(createdDay, ...current.days.keys()));
}

/** Recurring charges that the rest of the period will bring: what ticking a copy of the state to its end posts. */
function dueUntil(terms: AccountTerms, state: AccountState, { fromMs, toMs }: PeriodHistory): string {
  const result = rateTickUntil(terms, copyState(state), toMs, toMs);
  if (!result.ok) return '0';
  const charges = result.charges.filter((charge) => charge.periodFromMs === fromMs);
  return charges.reduce((sum, charge) => addDecimal(sum, charge.amount), '0');
}

/** A shorter month has no 31st: its last day then stands for it. */
function previousView(previous: PeriodHistory, daysIn: number, currency: string): SpendView['previous'] {
  if (previous.days.size === 0) return null;
  const [first, last] = [dayNumber(previous.from), dayNumber(previous.to) - 1];
  const sameDay = Math.min(first + daysIn, last);
  const until = [...previous.days].filter(([day]) => day <= sameDay);
  return {
    period: { from: previous.from, to: previous.to },
    total: roundToMinor(previous.posted, currency),
    sameDay: roundToMinor(
      until.reduce((sum, [, day]) => addDecimal(sum, day.amount), '0'),
      currency,
    ),
    sameDayDate: dateOf(sameDay),
    days: daysOf(previous, last),
  };
}
