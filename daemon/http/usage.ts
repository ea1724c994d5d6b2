/** Raw use beside what it was charged, newest first. */
import type { FastifyInstance } from 'fastify';
import { billPeriodAt } from '../../rating/index.ts';
import { unitsOf } from '../bills/bill-view.ts';
import { correctedBy } from '../bills/corrections.ts';
import { chargesPageOfPeriod } from '../bills/past-bills.ts';
import type { ChargeView, Page, RawUsageView } from '../contract.ts';
import type { Account, ChargeRow, UsageRow } from '../store/store.ts';
import { access } from './access.ts';
import { accountOfPath } from './accounts.ts';
import { periodNamed, periodQuery } from './bills.ts';
import type { HttpContext } from './context.ts';
import { pageOf, pageQuery } from './openapi/schemas.ts';
import { cursorText, pageRequest, queryText } from './paging.ts';

export function usageRoutes(server: FastifyInstance, { deps: { reader } }: HttpContext): void {
  const usageOperation = {
    tag: 'bills',
    summary: 'Raw use of an account, newest first',
    query: pageQuery,
    answer: { status: 200, schema: pageOf('RawUsageView'), description: 'A page of use.' },
    refusals: ['request-invalid', 'account-unknown'],
  } as const;
  server.get(
    '/api/accounts/:id/usage',
    { config: { access: access.readBill, operation: usageOperation } },
    async (request): Promise<Page<RawUsageView>> => {
      const account = await accountOfPath(reader, request);
      const { cursor, limit } = pageRequest(request);
      const { items, next } = await reader.usagePage(account.no, cursor, limit);
      return { items: items.map(usageView), next: cursorText(next) };
    },
  );

  const chargesOperation = {
    tag: 'bills',
    summary: 'Posted charges of an account, newest first; each names the use it charges',
    query: { ...periodQuery('of whose bill the charges are; default all'), ...pageQuery },
    answer: { status: 200, schema: pageOf('ChargeView'), description: 'A page of charges.' },
    refusals: ['request-invalid', 'account-unknown'],
  } as const;
  server.get(
    '/api/accounts/:id/charges',
    { config: { access: access.readBill, operation: chargesOperation } },
    async (request): Promise<Page<ChargeView>> => {
      const account = await accountOfPath(reader, request);
      const { cursor, limit } = pageRequest(request);
      const wanted = queryText(request, 'period');
      const { items, next } =
        wanted === null
          ? await reader.chargesPage(account.no, cursor, limit)
          : await chargesPageOfPeriod(reader, account.no, {
              periodFromMs: periodNamed(wanted, account).fromMs,
              cursor,
              limit,
            });
      return { items: items.map((row) => chargeView(account, row)), next: cursorText(next) };
    },
  );
}

function usageView(row: UsageRow): RawUsageView {
  return {
    id: String(row.position),
    start: new Date(row.startMs).toISOString(),
    end: new Date(row.endMs).toISOString(),
    device: row.device,
    session: row.session,
    attributes: row.attributes,
    readings: Object.fromEntries(Object.entries(row.readings).map(([meter, quantity]) => [meter, String(quantity)])),
  };
}

function chargeView(account: Account, row: ChargeRow): ChargeView {
  const { line } = row;
  const corrects = correctedBy(line.primitive);
  const { from, to } = billPeriodAt(account.timezone, account.cycleDay, row.periodFromMs);
  return {
    seq: row.seq,
    label: line.label,
    plan: line.planId,
    version: line.version,
    primitive: line.primitive,
    kind: line.kind as ChargeView['kind'],
    ...(corrects === null ? {} : { corrects }),
    amount: row.amount,
    quantity: unitsOf(row),
    unit: line.unit,
    period: { from, to },
    at: new Date(row.atMs).toISOString(),
    usage: row.fromUsage ? String(row.position) : null,
    additional: row.detail?.additional ?? '',
    vendor: row.detail?.vendor ?? '',
    attribution: row.detail?.attribution ?? '',
  };
}
