/**
 * Corrections by staff (DESIGN §3.7): nothing is edited, a charge that names what it corrects is logged and posted like
 * any other, and brings it from what it is by now to what it should be. Asked again with the same key it is the same one.
 */
import type { FastifyInstance } from 'fastify';
import { addDecimal, negatedDecimal } from '../../rating/index.ts';
import { amountByNow, correctionOf, isNothing, isSame } from '../bills/corrections.ts';
import type { CorrectionView } from '../contract.ts';
import { meterdError } from '../errors.ts';
import type { Account, StoredCorrection } from '../store/store.ts';
import { access } from './access.ts';
import { accountOfPath } from './accounts.ts';
import { chargeWithCorrections, searchedChargesMax } from './charge-search.ts';
import type { HttpContext } from './context.ts';
import { Fields, keyLimits } from './fields.ts';
import { inTurn } from './in-turn.ts';
import { schemas } from './openapi/schemas.ts';
import { invalid } from './problem.ts';

const limits = {
  reason: { max: 100 },
} as const;
const seqMax = 2 ** 48;

export function correctionRoutes(server: FastifyInstance, { deps }: HttpContext): void {
  const { reader, book, clock } = deps;
  // What a charge is by now must still be so when its correction is kept.
  const correct = inTurn();
  const operation = {
    tag: 'accounts',
    summary: 'Correct a charge: what is too much or too little is posted as a charge of its own',
    body: { schema: schemas.NewCorrection },
    answer: { status: 202, schema: schemas.CorrectionView, description: 'It is durable and will be posted, once.' },
    refusals: ['request-invalid', 'account-unknown', 'key-used'],
  } as const;
  server.post(
    '/api/accounts/:id/corrections',
    { config: { access: access.changeAccount, operation, audit: 'charge.correct' } },
    async (request, reply) => {
      const account = await accountOfPath(reader, request);
      const asked = readCorrection(request.body);
      const { kept, audited } = await correct(
        async () => (await sentBefore(account, asked)) ?? (await make(account, asked)),
      );
      request.audited = { subject: `account ${account.id}`, ...audited };
      const { charge, amount, reason, key } = kept;
      const view: CorrectionView = { charge, amount, reason, key };
      return reply.code(202).send(view);
    },
  );

  async function sentBefore(account: Account, asked: Asked) {
    const kept = await reader.correction(account.no, asked.key);
    if (kept === null) return null;
    const { charge, reason, rightAmount } = kept;
    if (charge !== asked.charge || reason !== asked.reason || !isSame(rightAmount, asked.rightAmount)) {
      throw meterdError('key-used', `the key was given to another correction, of charge ${charge}: "${reason}"`, {
        details: { field: 'key' },
      });
    }
    return { kept, audited: { after: { charge, sentBefore: true } } };
  }

  async function make(account: Account, { charge: seq, key, reason, rightAmount }: Asked) {
    // Before the charges, so that one that is rated meanwhile is among these as well, and not missed.
    const known = await reader.correctionsOf(account.no, seq);
    const found = await chargeWithCorrections(reader, account.no, seq);
    if (found === null)
      throw invalid('charge', `${seq} is none of the last ${searchedChargesMax} charges of this account`);
    const { charge, corrections } = found;
    const { kind, label } = charge.line;
    if (kind === 'correction' || kind === 'rounding') throw invalid('charge', `${seq} is a ${kind} itself`);
    const byNow = amountByNow(charge, corrections, known);
    const amount = addDecimal(rightAmount, negatedDecimal(byNow));
    if (isNothing(amount)) throw invalid('rightAmount', `is what charge ${seq} is by now: nothing was posted`);
    const atMs = clock();
    const kept: StoredCorrection = { account: account.no, key, charge: seq, reason, rightAmount, amount, atMs };
    const posting = correctionOf({ charge, amount, reason, currency: account.currency, atMs });
    await book.addCorrection(kept, { account: account.id, posting });
    const before = { charge: seq, label, amount: byNow };
    return { kept, audited: { before, after: { charge: seq, amount: rightAmount, correction: amount } } };
  }
}

type Asked = ReturnType<typeof readCorrection>;

function readCorrection(body: unknown) {
  const fields = new Fields(body);
  const charge = fields.optionalInteger('charge', 1, seqMax) ?? fields.fail('charge', 'is missing');
  const key = fields.text('key', keyLimits);
  const reason = fields.text('reason', limits.reason);
  const rightAmount = fields.optionalDecimal('rightAmount') ?? '0';
  fields.refuseUnknown();
  return { charge, key, reason, rightAmount };
}
