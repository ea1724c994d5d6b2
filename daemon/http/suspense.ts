/** What waits for an account, by subject, for staff who may give it one. */
import type { FastifyInstance } from 'fastify';
import type { HealthView } from '../contract.ts';
import { access } from './access.ts';
import type { HttpContext } from './context.ts';
import { schemas } from './openapi/schemas.ts';

export function suspenseRoutes(server: FastifyInstance, { deps }: HttpContext): void {
  const operation = {
    tag: 'accounts',
    summary: 'Use that waits for an account, by subject; it is released when an account gets the identity',
    answer: { status: 200, schema: schemas.Suspense, description: 'Counts, and the subjects with most records.' },
  } as const;
  server.get(
    '/api/suspense',
    { config: { access: access.readSuspense, operation } },
    async (): Promise<HealthView['suspense']> => (await deps.health()).suspense,
  );
}
