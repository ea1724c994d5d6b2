/** When an account's use went beyond what its plan allows, for staff. */
import type { FastifyInstance } from 'fastify';
import type { UseFlagView } from '../contract.ts';
import type { UseFlagRow } from '../store/store.ts';
import { access } from './access.ts';
import { accountOfPath } from './accounts.ts';
import type { HttpContext } from './context.ts';
import { schemas } from './openapi/schemas.ts';

export function useFlagRoutes(server: FastifyInstance, { deps: { reader } }: HttpContext): void {
  const operation = {
    tag: 'accounts',
    summary: 'When use went beyond what a monitor of the plan allows, newest first; the last 20 are kept',
    answer: { status: 200, schema: schemas.UseFlags, description: 'Each at most once in a period of its monitor.' },
    refusals: ['account-unknown'],
  } as const;
  server.get(
    '/api/accounts/:id/flags',
    { config: { access: access.readSessions, operation } },
    async (request): Promise<readonly UseFlagView[]> => {
      const { no } = await accountOfPath(reader, request);
      return (await reader.flagsOfUse(no)).map(flagView);
    },
  );
}

function flagView({ atMs, label, planId, meter, unit, limit, used }: UseFlagRow): UseFlagView {
  return { at: new Date(atMs).toISOString(), label, plan: planId, meter, unit, limit, used };
}
