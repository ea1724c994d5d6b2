/** What would it cost? A proposed use is priced on a copy of the account's state; nothing is posted. */
import type { FastifyInstance } from 'fastify';
import {
  addDecimal,
  formatQuantity,
  meterNamed,
  meterNames,
  negatedDecimal,
  type RatedCharge,
  roundToMinor,
  toBaseUnits,
  unitNamed,
  unitNames,
} from '../../rating/index.ts';
import { balanceOf } from '../bills/bill-view.ts';
import { leftToSpend, type ProposedUse, purchaseOf, quoteOf } from '../bills/quote.ts';
import type { QuoteAnswer, QuoteView } from '../contract.ts';
import type { Account } from '../store/store.ts';
import { access } from './access.ts';
import { stateOf } from './account-state.ts';
import { accountOfPath } from './accounts.ts';
import type { HttpContext } from './context.ts';
import { Fields } from './fields.ts';
import { schemas } from './openapi/schemas.ts';
import { invalid } from './problem.ts';

const limits = { meter: { max: 64 }, unit: { max: 16 }, attribute: { max: 128 } } as const;
const attributesMax = 16;
const usesMax = 8;
const dayMs = 86_400_000;
const durationMsMax = 366 * dayMs;

interface ReadUse extends ProposedUse {
  readonly unit: string;
}

export function quoteRoutes(server: FastifyInstance, { deps }: HttpContext): void {
  const { reader } = deps;
  const operation = {
    tag: 'bills',
    summary: 'What would it cost now? Each use is priced by itself on a copy of the state; nothing is posted',
    body: { schema: schemas.NewQuote },
    answer: {
      status: 200,
      schema: schemas.QuoteAnswer,
      description: 'A price for each use, or why it has none, in their order.',
    },
    refusals: ['request-invalid', 'account-unknown'],
  } as const;
  server.post(
    '/api/accounts/:id/quote',
    { config: { access: access.readBill, operation, audit: null } },
    async (request): Promise<{ readonly quotes: readonly QuoteAnswer[] }> => {
      const account = await accountOfPath(reader, request);
      const nowMs = deps.clock();
      const uses = readUses(request.body, nowMs);
      const [state, terms] = [await stateOf(reader, account), await deps.terms(account)];
      const balance = balanceOf(await reader.paidTotal(account.no), state, account.currency);
      const left = leftToSpend(account, balance);
      const quotes: QuoteAnswer[] = [];
      for (const use of uses) {
        const quote = quoteOf(terms, state, use);
        if (quote.ok) {
          const purchase = left === null ? null : purchaseOf(terms, state, use, left);
          quotes.push(view(account, use, { quote, purchase, balance }));
        } else {
          quotes.push({ ...asked(use), refused: quote.reason, detail: quote.detail });
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      return { quotes };
    },
  );
}

function asked({ meter, quantity, unit }: ReadUse) {
  return { meter, quantity: formatQuantity(quantity, unit), unit };
}

interface Priced {
  readonly quote: Extract<ReturnType<typeof quoteOf>, { ok: true }>;
  readonly purchase: ReturnType<typeof purchaseOf>;
  readonly balance: string;
}

function view({ currency }: Account, use: ReadUse, { quote, purchase, balance }: Priced): QuoteView {
  return {
    ...asked(use),
    currency,
    amount: quote.amount,
    lines: byLine(quote.charges),
    free: quote.charges.length > 0 ? null : quote.fromAllowance ? 'allowance' : 'unpriced',
    balanceAfter: roundToMinor(addDecimal(balance, negatedDecimal(quote.amount)), currency),
    buys:
      purchase === null
        ? null
        : {
            quantity: String(purchase.quantity),
            inUnit: formatQuantity(purchase.quantity, use.unit),
            beyond: purchase.beyond,
          },
  };
}

/** Parts of one use on the same line are one. */
function byLine(charges: readonly RatedCharge[]): QuoteView['lines'] {
  const lines = new Map<string, { label: string; unit: string; base: bigint; amount: string }>();
  for (const { planId, primitive, label, unit, baseQuantity, amount } of charges) {
    const key = JSON.stringify([planId, primitive, label]);
    const known = lines.get(key) ?? { label, unit, base: 0n, amount: '0' };
    lines.set(key, { ...known, base: known.base + baseQuantity, amount: addDecimal(known.amount, amount) });
  }
  return [...lines.values()].map(({ label, unit, base, amount }) => ({
    label,
    unit,
    quantity: formatQuantity(base, unit),
    amount,
  }));
}

function readUses(body: unknown, nowMs: number): ReadUse[] {
  const fields = new Fields(body);
  const uses = fields.optionalList('uses', usesMax, (item, path) => readUse(item, path, nowMs));
  fields.refuseUnknown();
  if (uses === null || uses.length === 0) return fields.fail('uses', 'must name at least one use');
  return uses;
}

function readUse(item: unknown, path: string, nowMs: number): ReadUse {
  const fields = new Fields(item, path);
  const meter = fields.text('meter', limits.meter);
  const known = meter.includes('*') ? undefined : meterNamed(meter);
  if (known === undefined) return fields.fail('meter', `must be one of ${meterNames.join(', ')} or x-…`);
  const unit = fields.optionalText('unit', limits.unit) ?? '';
  const named = unit === '' ? { dimension: known.dimension, base: 1n } : unitNamed(unit);
  if (named === undefined) return fields.fail('unit', `must be one of ${unitNames.join(', ')}`);
  if (named.dimension !== known.dimension) fields.fail('unit', `${unit} does not measure ${meter}`);
  const text = fields.optionalDecimal('quantity') ?? fields.fail('quantity', 'is missing');
  const quantity = toBaseUnits(text, named) ?? fields.fail('quantity', 'must be a whole number of base units');
  if (quantity <= 0n) fields.fail('quantity', 'must be more than zero');
  const startMs = fields.optionalInstant('start') ?? nowMs;
  // Time passes while it is used; octets and counted things are priced as if at once.
  const lasting = known.dimension === 'time';
  if (lasting && quantity * 1_000n > BigInt(durationMsMax)) fields.fail('quantity', 'lasts more than a year');
  const endMs = fields.optionalInstant('end') ?? (lasting ? startMs + Number(quantity) * 1_000 : startMs);
  if (endMs < startMs || endMs - startMs > durationMsMax) fields.fail('end', 'must be within a year after start');
  const attributes = readAttributes(fields.optionalObject('attributes'), `${path}.attributes`);
  fields.refuseUnknown();
  return { meter, unit, quantity, startMs, endMs, attributes };
}

function readAttributes(value: Readonly<Record<string, unknown>> | null, path: string): Record<string, string> {
  const entries = Object.entries(value ?? {});
  if (entries.length > attributesMax) throw invalid(path, `must have at most ${attributesMax} entries`);
  const fields = new Fields(value ?? {}, path);
  return Object.fromEntries(entries.map(([name]) => [name, fields.text(name, limits.attribute)]));
}
