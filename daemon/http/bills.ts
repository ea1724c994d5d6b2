/** The bill of one period, as it stands. */
import type { FastifyInstance } from 'fastify';
import { decodeState, newAccountState } from '../../rating/index.ts';
import { billView, shownSessionsMax } from '../bills/bill-view.ts';
import type { BillView } from '../contract.ts';
import { decodeShares } from '../partitions/shares.ts';
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
    query: {
      period: {
        schema: text({ pattern: '^\\d{4}-\\d{2}$' }),
        description: 'Local month in which the bill period begins; default the period of now.',
      },
    },
    answer: { status: 200, schema: schemas.BillView, description: 'The bill.' },
    refusals: ['request-invalid', 'account-unknown'],
  } as const;
  server.get(
    '/api/accounts/:id/bill',
    { config: { access: access.readBill, operation } },
    async (request): Promise<BillView> => {
      const account = await accountOfPath(reader, request);
      const nowMs = deps.clock();
      const period = queryText(request, 'period');
      const { state, seq, shares } = await reader.accountProgress(account.no);
      return billView({
        account,
        terms: await deps.terms(account),
        state: state === null ? newAccountState() : decodeState(state),
        seq,
        shares: decodeShares(shares),
        paid: await reader.paidTotal(account.no),
        openSessions: await reader.openSessionsOfAccount(account.no, shownSessionsMax),
        nowMs,
        periodMs: period === null ? nowMs : instantOfPeriod(period, account.cycleDay),
      });
    },
  );
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
