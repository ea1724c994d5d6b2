/** The bill of one period, as it stands or as it was closed; and which periods there are. */
import type { FastifyInstance } from 'fastify';
import { type BillPeriod, billPeriodAt, decodeState, newAccountState } from '../../rating/index.ts';
import { billView, shownSessionsMax } from '../bills/bill-view.ts';
import { billOfCharges, billPeriods, chargesOfPeriod, isArchived, isClosed } from '../bills/past-bills.ts';
import type { BillPeriodView, BillView } from '../contract.ts';
import { decodeShares } from '../partitions/shares.ts';
import type { Account } from '../store/store.ts';
import { access } from './access.ts';
import { accountOfPath } from './accounts.ts';
import type { HttpContext } from './context.ts';
import { schemas, text } from './openapi/schemas.ts';
import { queryText } from './paging.ts';
import { invalid } from './problem.ts';

export function billRoutes(server: FastifyInstance, { deps }: HttpContext): void {
  const { reader } = deps;
  const operation = {
    tag: 'bills',
    summary: 'The bill of a period',
    query: periodQuery('that is told; default that of now'),
    answer: { status: 200, schema: schemas.BillView, description: 'The bill.' },
    refusals: ['request-invalid', 'account-unknown', 'not-found'],
  } as const;
  server.get(
    '/api/accounts/:id/bill',
    { config: { access: access.readBill, operation } },
    async (request): Promise<BillView> => {
      const account = await accountOfPath(reader, request);
      const nowMs = deps.clock();
      const wanted = queryText(request, 'period');
      const periodMs = wanted === null ? nowMs : instantOfPeriod(wanted, account.cycleDay);
      const { state: encoded, seq, shares } = await reader.accountProgress(account.no);
      const state = encoded === null ? newAccountState() : decodeState(encoded);
      const bill = billView({
        account,
        terms: await deps.terms(account),
        state,
        seq,
        shares: decodeShares(shares),
        paid: await reader.paidTotal(account.no),
        openSessions: await reader.openSessionsOfAccount(account.no, shownSessionsMax),
        nowMs,
        periodMs,
      });
      const { fromMs } = billPeriodAt(account.timezone, account.cycleDay, periodMs);
      if (!isClosed(state, fromMs)) return bill;
      if (!isArchived(state, fromMs)) return { ...bill, closed: true };
      const { totals: _, ...kept } = bill;
      const charges = await chargesOfPeriod(reader, account.no, fromMs);
      return { ...kept, ...billOfCharges(charges, account), allowances: [], closed: true };
    },
  );

  const listing = {
    tag: 'bills',
    summary: 'The bill periods of an account since its first charge, newest first, at most 120',
    answer: {
      status: 200,
      schema: schemas.BillPeriods,
      description: 'The periods; `period` of the bill is the month of `from`.',
    },
    refusals: ['account-unknown'],
  } as const;
  server.get(
    '/api/accounts/:id/bills',
    { config: { access: access.readBill, operation: listing } },
    async (request): Promise<{ items: BillPeriodView[] }> => {
      const account = await accountOfPath(reader, request);
      const { state } = await reader.accountProgress(account.no);
      const known = state === null ? newAccountState() : decodeState(state);
      return { items: billPeriods(await deps.terms(account), known, deps.clock()) };
    },
  );
}

/** The parameter that names a bill period. */
export function periodQuery(which: string) {
  const schema = text({ pattern: '^\\d{4}-\\d{2}$' });
  return { period: { schema, description: `Local month in which the bill period begins ${which}.` } } as const;
}

export function periodNamed(period: string, { timezone, cycleDay }: Account): BillPeriod {
  return billPeriodAt(timezone, cycleDay, instantOfPeriod(period, cycleDay));
}

/**
 * An instant of the period that begins in a local month: noon UTC of its first day. Zones lie between UTC−12 and UTC+14,
 * so this is never before the local midnight that begins the period, and periods are weeks longer than the difference.
 */
export function instantOfPeriod(period: string, cycleDay: number): number {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(period);
  const [year, month] = match ? [Number(match[1]), Number(match[2])] : [0, 0];
  if (year < 1970 || year > 2199) throw invalid('period', 'must be a month such as 2026-01');
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return Date.UTC(year, month - 1, Math.min(cycleDay, lastDay), 12);
}
