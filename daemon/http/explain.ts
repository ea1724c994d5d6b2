/**
 * Why a charge is what it is: the account's use before it is rated again from its first record, in the order of the log,
 * and the use it charges is explained step by step on the state that this gives (REQUIREMENTS P35).
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import {
  type AccountState,
  type AccountTerms,
  type ChargeTrace,
  explainUsage,
  formatQuantity,
  newAccountState,
  nextTickAfter,
  rateTick,
  rateUsage,
  type TraceTerm,
  type UsageEvent,
  unitNamed,
} from '../../rating/index.ts';
import type { ChargeTraceView } from '../contract.ts';
import { meterdError } from '../errors.ts';
import type { ChargeRow, StoreReader, UsageRow } from '../store/store.ts';
import { access } from './access.ts';
import { accountOfPath } from './accounts.ts';
import { chargeOf, searchedChargesMax } from './charge-search.ts';
import type { HttpContext } from './context.ts';
import { schemas } from './openapi/schemas.ts';
import { invalid } from './problem.ts';

/** Use that is looked through for one answer, and in one turn of the event loop. */
const usageMax = 50_000;
const pageSize = 500;

export function explainRoutes(server: FastifyInstance, { deps }: HttpContext): void {
  const operation = {
    tag: 'bills',
    summary: 'Why a charge is what it is: version, path, step, rate, free units, and the edges at which use was cut',
    answer: {
      status: 200,
      schema: schemas.ChargeTrace,
      description: 'The steps; multiplied out they give the amount.',
    },
    refusals: ['request-invalid', 'account-unknown', 'not-found', 'charge-unexplained'],
  } as const;
  server.get(
    '/api/accounts/:id/charges/:seq/trace',
    { config: { access: access.readBill, operation } },
    async (request): Promise<ChargeTraceView> => {
      const account = await accountOfPath(deps.reader, request);
      const { seq } = request.params as { seq: string };
      if (!/^\d{1,15}$/.test(seq)) throw invalid('seq', 'must be the number of a charge');
      const charge = await chargeOf(deps.reader, account.no, Number(seq));
      if (charge === null)
        throw meterdError('not-found', `no charge ${seq} among the last ${searchedChargesMax} of the account`);
      if (!charge.fromUsage || charge.line.kind === 'priced') return { seq: charge.seq, steps: [] };
      const [use, before] = await rowsUntil(deps.reader, account.no, charge.position);
      const terms = await deps.terms(account);
      const state = newAccountState();
      const ticks = new Ticks(terms, state, account.createdMs);
      for (let n = 0; n < before.length; n++) {
        ticks.until(before[n]!.startMs);
        rateUsage(terms, state, eventOf(before[n]!));
        if (n % pageSize === 0) await nextTurn();
      }
      ticks.until(use.startMs);
      return { seq: charge.seq, steps: stepsOf(terms, state, use, charge) };
    },
  );
}

/** The use at a position of the log, and the account's use before it, oldest first. */
async function rowsUntil(reader: StoreReader, account: number, position: number): Promise<[UsageRow, UsageRow[]]> {
  const before: UsageRow[] = [];
  let use: UsageRow | undefined;
  for (let cursor: number | null = position; cursor !== null; ) {
    const page = await reader.usagePage(account, cursor, pageSize);
    for (const row of page.items) {
      if (row.position === position) use = row;
      else before.push(row);
    }
    if (before.length > usageMax)
      throw meterdError('not-found', `the charge has more than ${usageMax} records before it`);
    cursor = page.next;
    await nextTurn();
  }
  if (use === undefined) throw meterdError('not-found', 'the use of the charge is no longer kept');
  return [use, before.reverse()];
}

function eventOf({ position, sessionId, device, session, attributes, startMs, endMs, readings }: UsageRow): UsageEvent {
  const own = session === '' ? {} : { chargeable: `event ${device.length}:${device}${session}` };
  return {
    id: String(position),
    readings: Object.entries(readings).map(([meter, quantity]) => ({ meter, quantity })),
    startMs,
    endMs,
    attributes,
    ...(sessionId === 0 ? own : { chargeable: `session ${sessionId}` }),
  };
}

/** What time has charged by then: fees may go through caps and taxes that use goes through too. */
class Ticks {
  readonly #terms: AccountTerms;
  readonly #state: AccountState;
  #dueMs: number;

  constructor(terms: AccountTerms, state: AccountState, firstMs: number) {
    this.#terms = terms;
    this.#state = state;
    this.#dueMs = firstMs;
  }

  until(atMs: number): void {
    while (this.#dueMs <= atMs) {
      rateTick(this.#terms, this.#state, this.#dueMs);
      this.#dueMs = nextTickAfter(this.#terms, this.#dueMs);
    }
  }
}

/**
 * The steps of the charge's own line and what let use through to it; other lines have charges of their own. Steps that
 * come to another amount than the charge has would explain something else: they are not given.
 */
function stepsOf(
  terms: AccountTerms,
  state: AccountState,
  use: UsageRow,
  { line, seq, amount, baseQuantity, periodFromMs }: ChargeRow,
): ChargeTraceView['steps'] {
  const { result, steps } = explainUsage(terms, state, eventOf(use));
  const explained =
    result.ok &&
    result.charges.some(
      (charge) =>
        charge.primitive === line.primitive &&
        charge.label === line.label &&
        charge.version === line.version &&
        charge.planId === line.planId &&
        charge.periodFromMs === periodFromMs &&
        charge.amount === amount &&
        charge.baseQuantity === baseQuantity,
    );
  if (!explained)
    throw meterdError(
      'charge-unexplained',
      `charge ${seq} depended on something that has changed since, such as a table`,
    );
  return steps.filter((step) => step.label === undefined || line.label.startsWith(step.label)).map(stepView);
}

function stepView(step: ChargeTrace): ChargeTraceView['steps'][number] {
  const { planId, version, primitive, type, path, fromMs, toMs, meter, text, free, passed, label, charged, terms } =
    step;
  return {
    plan: planId,
    version,
    primitive,
    type,
    path: [...path],
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    meter,
    text,
    ...(free === undefined ? {} : { free }),
    ...(passed === undefined ? {} : { passed }),
    ...(label === undefined ? {} : { label }),
    ...(charged === undefined ? {} : { charged }),
    ...(terms === undefined ? {} : { terms: terms.map(termView) }),
  };
}

const baseUnits = { time: 's', bytes: 'B', 'byte-time': 'B·s', count: '' } as const;

function termView(term: TraceTerm): NonNullable<ChargeTraceView['steps'][number]['terms']>[number] {
  const { quantity, unit } = term;
  const dimension = unitNamed(unit)?.dimension;
  if (dimension === undefined) return { ...term, inUnit: quantity, baseUnit: '' };
  return { ...term, inUnit: formatQuantity(BigInt(quantity), unit), baseUnit: baseUnits[dimension] };
}
