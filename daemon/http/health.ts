/** Whether the daemon lives, is ready, and is well; and its metrics. */
import type { FastifyInstance } from 'fastify';
import type { HealthView } from '../contract.ts';
import { access, admit } from './access.ts';
import type { HttpContext } from './context.ts';
import { schemas, text } from './openapi/schemas.ts';

const plain = { type: 'text/plain', schema: text() } as const;

export function healthRoutes(server: FastifyInstance, { deps, sessions }: HttpContext): void {
  const liveOperation = {
    tag: 'daemon',
    summary: 'Whether the process answers',
    answer: { status: 200, ...plain, description: 'It does.' },
  } as const;
  server.get('/healthz', { config: { access: access.everyone, operation: liveOperation } }, async (_request, reply) =>
    reply.header('meterd-clock', new Date(deps.clock()).toISOString()).type('text/plain; charset=utf-8').send('ok'),
  );

  const readyOperation = {
    tag: 'daemon',
    summary: 'Whether the daemon takes work; 503 while it starts, stops or can’t write its log',
    answer: { status: 200, ...plain, description: 'It does.' },
  } as const;
  server.get('/readyz', { config: { access: access.everyone, operation: readyOperation } }, async (_request, reply) => {
    const ready = deps.ready();
    return reply
      .code(ready ? 200 : 503)
      .type('text/plain; charset=utf-8')
      .send(ready ? 'ready' : 'not ready');
  });

  const metricsOperation = {
    tag: 'daemon',
    summary: 'Prometheus metrics; without sign-in from this machine, else for operators',
    answer: { status: 200, ...plain, description: 'Text exposition format.' },
    refusals: ['not-signed-in', 'forbidden'],
  } as const;
  server.get(
    '/metrics',
    { config: { access: access.everyone, operation: metricsOperation } },
    async (request, reply) => {
      if (!isLoopback(request.ip)) await admit(request, access.health, sessions);
      return reply.type(deps.metrics.contentType).send(await deps.metrics.metrics());
    },
  );

  const healthOperation = {
    tag: 'daemon',
    summary: 'Counters of the two conservation laws, per collector and device',
    answer: { status: 200, schema: schemas.HealthView, description: 'Health.' },
  } as const;
  server.get(
    '/api/health',
    { config: { access: access.health, operation: healthOperation } },
    (): Promise<HealthView> => deps.health(),
  );
}

function isLoopback(address: string): boolean {
  return /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address) || address === '::1';
}
