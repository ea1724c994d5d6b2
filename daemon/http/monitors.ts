/** What the monitors of an account's plan have seen: for staff, who decide what it means (REQUIREMENTS P63). */
import type { FastifyInstance } from 'fastify';
import { monitoredUse } from '../../rating/index.ts';
import type { MonitorView } from '../contract.ts';
import { access } from './access.ts';
import { stateOf } from './account-state.ts';
import { accountOfPath } from './accounts.ts';
import type { HttpContext } from './context.ts';
import { schemas } from './openapi/schemas.ts';

export function monitorRoutes(server: FastifyInstance, { deps }: HttpContext): void {
  const operation = {
    tag: 'accounts',
    summary: 'Use that the plan watches, and whether it is beyond what the plan allows',
    answer: { status: 200, schema: schemas.Monitors, description: 'One of each UseMonitor of the plan.' },
    refusals: ['account-unknown'],
  } as const;
  server.get(
    '/api/accounts/:id/monitors',
    { config: { access: access.readMonitors, operation } },
    async (request): Promise<{ readonly items: readonly MonitorView[] }> => {
      const account = await accountOfPath(deps.reader, request);
      const seen = monitoredUse(await deps.terms(account), await stateOf(deps.reader, account), deps.clock());
      return { items: seen.map(({ planId, ...view }) => ({ plan: planId, ...view })) };
    },
  );
}
