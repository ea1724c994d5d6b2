/**
 * Whether a change fits what is stored, asked before the first write, since a change is several transactions of the
 * writer. The store holds the same rules once more for what happens between check and write.
 */
import { localDate, zoneNamed } from '../../rating/index.ts';
import { meterdError } from '../errors.ts';
import type { Assignment, StoreReader } from '../store/store.ts';
import type { IdentityInput } from './account-input.ts';
import { invalid } from './problem.ts';

/** Why an account can't have a plan; `what` continues the word "plan". Null if it can. */
export async function planTrouble(
  reader: StoreReader,
  planId: string,
  currency: string,
): Promise<{ readonly code: 'plan-unknown' | 'plan-currency'; readonly what: string } | null> {
  const plan = (await reader.planVersions(planId)).at(-1);
  if (plan === undefined) return { code: 'plan-unknown', what: `"${planId}" is unknown` };
  if (plan.currency === currency) return null;
  return { code: 'plan-currency', what: `"${planId}" is in ${plan.currency}, the account in ${currency}` };
}

/** As `planTrouble`, for a plan named by a field of the body. */
export async function checkPlanField(reader: StoreReader, planId: string, currency: string): Promise<void> {
  const trouble = await planTrouble(reader, planId, currency);
  if (trouble !== null) throw invalid('plan', trouble.what);
}

/** The first assignment reaches back without limit, later ones begin now, unless told otherwise (DESIGN §3.4). */
export function nextAssignment(
  before: readonly Assignment[],
  planId: string,
  { fromMs, nowMs, timezone }: { readonly fromMs: number | null; readonly nowMs: number; readonly timezone: string },
): Assignment {
  const last = before.at(-1);
  const validFromMs = fromMs ?? (last === undefined ? null : nowMs);
  if (last?.validFromMs != null && (validFromMs === null || validFromMs < last.validFromMs)) {
    const day = localDate(zoneNamed(timezone), last.validFromMs);
    const isToCome = last.validFromMs > nowMs;
    throw meterdError(
      'assignment-order',
      isToCome
        ? `the account gets the plan "${last.planId}" on ${day} (${timezone}): withdraw that first, or let this one begin then or later`
        : `the account has the plan "${last.planId}" since ${day} (${timezone}): let this one begin later`,
    );
  }
  return { planId, validFromMs };
}

/** Refuses an identity that would have to begin before its last holder's time ends. */
export async function checkIdentity(
  reader: StoreReader,
  identity: IdentityInput,
  { account, nowMs }: { readonly account: number | null; readonly nowMs: number },
): Promise<void> {
  const { kind, value, provider } = identity;
  const before = await reader.holdersOf(kind, value, provider);
  if (before.length === 0) return;
  if (before.some((holding) => holding.validUntilMs === null && holding.account === account)) return;
  const fromMs = identity.validFromMs ?? nowMs;
  const lastMs = Math.max(...before.map((holding) => holding.validUntilMs ?? holding.validFromMs ?? -Infinity));
  if (fromMs >= lastMs) return;
  const limit = new Date(lastMs).toISOString();
  throw meterdError(
    'identity-overlap',
    `${kind} ${JSON.stringify(value)} is held until ${limit}: validFrom must not be earlier`,
    {
      details: { field: identity.field === '' ? 'validFrom' : `${identity.field}.validFrom` },
    },
  );
}
