/**
 * Corrections by staff (DESIGN §3.7): nothing is edited, a charge that names what it corrects is logged and posted like
 * any other. Asked again with the same key it is the same correction.
 */
import type { FastifyInstance } from 'fastify';
import { addDecimal, negatedDecimal } from '../../rating/index.ts';
import { correctionOf } from '../bills/corrections.ts';
import type { CorrectionView } from '../contract.ts';
import { access } from './access.ts';
import { accountOfPath } from './accounts.ts';
import { chargeOf, searchedChargesMax } from './charge-search.ts';
import type { HttpContext } from './context.ts';
import { Fields } from './fields.ts';
import { schemas } from './openapi/schemas.ts';
import { invalid } from './problem.ts';

const limits = {
  key: { max: 64, pattern: /^[\w.-]+$/, wants: 'must have only letters, digits and _ . -' },
  reason: { max: 100 },
} as const;
const seqMax = 2 ** 48;

export function correctionRoutes(server: FastifyInstance, { deps }: HttpContext): void {
  const { reader, book, clock } = deps;
  const operation = {
    tag: 'accounts',
    summary: 'Correct a charge: what is too much or too little is posted as a charge of its own',
    body: { schema: schemas.NewCorrection },
    answer: { status: 202, schema: schemas.CorrectionView, description: 'It is logged and will be posted.' },
    refusals: ['request-invalid', 'account-unknown'],
  } as const;
  server.post(
    '/api/accounts/:id/corrections',
    { config: { access: access.changeAccount, operation, audit: 'charge.correct' } },
    async (request, reply) => {
      const account = await accountOfPath(reader, request);
      const { seq, key, reason, rightAmount } = readCorrection(request.body);
      const charge = await chargeOf(reader, account.no, seq);
      if (charge === null)
        throw invalid('charge', `${seq} is none of the last ${searchedChargesMax} charges of this account`);
      const { kind } = charge.line;
      if (kind === 'correction' || kind === 'rounding') throw invalid('charge', `${seq} is a ${kind} itself`);
      const amount = addDecimal(rightAmount, negatedDecimal(charge.amount));
      if (!/[1-9]/.test(amount)) throw invalid('rightAmount', 'is what was charged already');
      const { currency } = account;
      const posting = correctionOf({ charge, amount, reason, currency, atMs: clock() });
      await book.addPosting(account.no, `correction ${account.no} ${key}`, posting);
      request.audited = {
        subject: `account ${account.id}`,
        before: { charge: seq, label: charge.line.label, amount: charge.amount },
        after: { charge: seq, amount: rightAmount, correction: amount },
      };
      const view: CorrectionView = { charge: seq, amount, reason, key };
      return reply.code(202).send(view);
    },
  );
}

function readCorrection(body: unknown) {
  const fields = new Fields(body);
  const seq = fields.optionalInteger('charge', 1, seqMax) ?? fields.fail('charge', 'is missing');
  const key = fields.text('key', limits.key);
  const reason = fields.text('reason', limits.reason);
  const rightAmount = fields.optionalDecimal('rightAmount') ?? '0';
  fields.refuseUnknown();
  return { seq, key, reason, rightAmount };
}
