/** Plans: XML in and out. What was put once is never changed; a change is a new version. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { interpretPlan } from '../../rating/index.ts';
import { meterdError } from '../errors.ts';
import type { PlanVersion, StoreReader } from '../store/store.ts';
import { access } from './access.ts';
import { nextAssignment, planTrouble } from './account-checks.ts';
import { textLimits } from './account-input.ts';
import { accountView } from './account-view.ts';
import type { HttpContext } from './context.ts';
import { Fields, instantMs, instantWanted } from './fields.ts';
import { pageOf, pageQuery, schemas, text } from './openapi/schemas.ts';
import { cursorText, pageRequest, queryText } from './paging.ts';
import { readPlanOf, runOf } from './plan-input.ts';
import { invalid } from './problem.ts';

const planOctetsMax = 1024 * 1024;
const xml = { type: 'application/xml', schema: text() } as const;
const version = { schema: { type: 'integer' }, description: 'Default: the newest.' } as const;
const instant = { schema: text({ format: 'date-time' }) } as const;

export function planRoutes(server: FastifyInstance, context: HttpContext): void {
  const { reader } = context.deps;

  const listOperation = {
    tag: 'plans',
    summary: 'The newest version of every plan',
    query: pageQuery,
    answer: { status: 200, schema: pageOf('PlanView'), description: 'A page of plans, by id.' },
    refusals: ['request-invalid'],
  } as const;
  server.get('/api/plans', { config: { access: access.readPlans, operation: listOperation } }, async (request) => {
    const { cursor, limit } = pageRequest(request);
    const newest = [...new Map((await reader.plans()).map((plan) => [plan.planId, plan])).values()];
    const from = cursor ?? 0;
    const next = cursorText(from + limit < newest.length ? from + limit : null);
    return { items: newest.slice(from, from + limit).map(planView), next };
  });

  const readOperation = {
    tag: 'plans',
    summary: 'A plan as XML',
    query: { version },
    answer: { status: 200, ...xml, description: 'The plan as it was put.' },
    refusals: ['request-invalid', 'plan-unknown'],
  } as const;
  server.get(
    '/api/plans/:id',
    { config: { access: access.readPlans, operation: readOperation } },
    async (request, reply) => {
      const plan = await planOfPath(reader, request);
      return reply.type('application/xml; charset=utf-8').header('meterd-plan-version', plan.version).send(plan.xml);
    },
  );

  // A plan comes as text of whatever type the client calls it; JSON bodies are for the routes outside of this scope.
  server.register(async (xmlScope) => {
    xmlScope.removeAllContentTypeParsers();
    xmlScope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: planOctetsMax }, (_request, body, done) =>
      done(null, body),
    );
    planTextRoutes(xmlScope, context);
  });
  planUseRoutes(server, context);
}

function planTextRoutes(server: FastifyInstance, { deps }: HttpContext): void {
  const { reader, book, clock } = deps;

  const putOperation = {
    tag: 'plans',
    summary: 'Put a new version of a plan',
    query: { validFrom: { ...instant, description: 'Default: no limit for the first version, now for later ones.' } },
    body: xml,
    answer: { status: 201, schema: schemas.PlanVersionView, description: 'The version it became.' },
    refusals: ['request-invalid', 'plan-invalid', 'plan-currency', 'plan-order', 'body-too-large'],
  } as const;
  server.put(
    '/api/plans/:id',
    { bodyLimit: planOctetsMax, config: { access: access.changePlans, operation: putOperation, audit: 'plan.put' } },
    async (request, reply) => {
      const { id } = request.params as { id: string };
      const validFrom = queryText(request, 'validFrom');
      const givenMs = validFrom === null ? null : (instantMs(validFrom) ?? invalidInstant());
      const { plan, problems } = readPlanOf(id, request.body);
      if (plan === null) {
        throw meterdError('plan-invalid', `the plan has ${count(problems, 'error')}`, { details: { problems } });
      }
      const isFirst = (await reader.planVersions(id)).length === 0;
      const nowMs = clock();
      const added = await book.addPlanVersion({
        planId: id,
        name: plan.name,
        // What is posted, which a CurrencyConverter may have made of the plan's own.
        currency: interpretPlan(plan).layout.currency,
        xml: request.body as string,
        validFromMs: givenMs ?? (isFirst ? null : nowMs),
        createdMs: nowMs,
      });
      request.audited = { subject: `plan ${id}`, after: { version: added.version } };
      return reply.code(201).send({ id, version: added.version });
    },
  );

  const checkOperation = {
    tag: 'plans',
    summary: 'All problems of a plan, without keeping it',
    body: xml,
    answer: { status: 200, schema: schemas.PlanProblems, description: 'Errors and warnings; none for a good plan.' },
    refusals: ['request-invalid', 'body-too-large'],
  } as const;
  server.post(
    '/api/plans/:id/check',
    { bodyLimit: planOctetsMax, config: { access: access.changePlans, operation: checkOperation, audit: null } },
    async (request) => {
      const { problems } = readPlanOf((request.params as { id: string }).id, request.body);
      return { problems };
    },
  );
}

function planUseRoutes(server: FastifyInstance, { deps }: HttpContext): void {
  const { reader, book, clock } = deps;

  const rateOperation = {
    tag: 'plans',
    summary: 'Rate known use with a stored plan, without posting anything',
    query: { version },
    body: { schema: schemas.PlanRun },
    answer: { status: 200, schema: schemas.PlanRunResult, description: 'As `meterd plan rate --json` prints it.' },
    refusals: ['request-invalid', 'plan-unknown', 'body-too-large'],
  } as const;
  server.post(
    '/api/plans/:id/rate',
    { bodyLimit: planOctetsMax, config: { access: access.readPlans, operation: rateOperation, audit: null } },
    async (request) => runOf((await planOfPath(reader, request)).xml, request.body, await deps.tables()),
  );

  const assignOperation = {
    tag: 'plans',
    summary: 'Give an account the plan, from now or a time on',
    body: { schema: schemas.PlanAssignment },
    answer: { status: 200, schema: schemas.AccountView, description: 'The account.' },
    refusals: ['request-invalid', 'plan-unknown', 'plan-currency', 'assignment-order'],
  } as const;
  server.post(
    '/api/plans/:id/assign',
    { config: { access: access.changeAccount, operation: assignOperation, audit: 'plan.assign' } },
    async (request) => {
      const { id } = request.params as { id: string };
      const fields = new Fields(request.body);
      const accountId = fields.text('account', textLimits.accountId);
      const fromMs = fields.optionalInstant('validFrom');
      fields.refuseUnknown();
      const account = await reader.account(accountId);
      if (account === null) throw invalid('account', `"${accountId}" is unknown`);
      const trouble = await planTrouble(reader, id, account.currency);
      if (trouble !== null) throw meterdError(trouble.code, `plan ${trouble.what}`);
      const before = await reader.assignments(account.no);
      await book.assignPlan(
        account.no,
        nextAssignment(before, id, { fromMs, nowMs: clock(), timezone: account.timezone }),
      );
      const after = await accountView(deps, account);
      request.audited = { subject: `account ${account.id}`, before, after };
      return after;
    },
  );
}

/** The version the request asks for, or the newest. @throws MeterdError `plan-unknown` */
async function planOfPath(reader: StoreReader, request: FastifyRequest): Promise<PlanVersion> {
  const { id } = request.params as { id: string };
  const wanted = queryText(request, 'version');
  if (wanted !== null && !/^[1-9]\d{0,8}$/.test(wanted)) throw invalid('version', 'must be a number from 1');
  const versions = await reader.planVersions(id);
  const plan = wanted === null ? versions.at(-1) : versions.find((candidate) => candidate.version === Number(wanted));
  if (plan === undefined) {
    throw meterdError('plan-unknown', wanted === null ? `no plan "${id}"` : `no version ${wanted} of plan "${id}"`);
  }
  return plan;
}

function planView({ planId, name, currency, version: newest, validFromMs }: PlanVersion) {
  const validFrom = validFromMs === null ? null : new Date(validFromMs).toISOString();
  return { id: planId, name, currency, version: newest, validFrom };
}

function count(problems: readonly { readonly severity: string }[], severity: string): string {
  const number = problems.filter((problem) => problem.severity === severity).length;
  return number === 1 ? `one ${severity}` : `${number} ${severity}s`;
}

function invalidInstant(): never {
  throw invalid('validFrom', instantWanted);
}
