/** An account as the API shows it: with the plan of now, and the identities that are not ended. */
import type { AccountView, ComingPlanView, IdentityView } from '../contract.ts';
import type { IdentityHolding } from '../mediation/guide.ts';
import type { Account, Assignment } from '../store/store.ts';
import type { HttpDeps } from './deps.ts';

export async function accountView(
  { reader, clock }: Pick<HttpDeps, 'reader' | 'clock'>,
  account: Account,
): Promise<AccountView> {
  const nowMs = clock();
  const [assignments, holdings] = [await reader.assignments(account.no), await reader.identitiesOf(account.no)];
  const coming = comingPlans(assignments, nowMs);
  const { places, exemptions } = await reader.taxation(account.no);
  return {
    id: account.id,
    name: account.name,
    currency: account.currency,
    timezone: account.timezone,
    cycleDay: account.cycleDay,
    plan: assignmentAt(assignments, nowMs)?.planId ?? null,
    ...(coming.length === 0 ? {} : { comingPlans: coming }),
    prepaid: account.prepaid,
    creditLimit: account.creditLimit,
    place: places.findLast(({ fromMs }) => fromMs <= nowMs)?.place ?? null,
    taxExemptions: exemptions.map(({ tax, fromMs, toMs }) => ({
      tax,
      ...(fromMs === null ? {} : { from: new Date(fromMs).toISOString() }),
      ...(toMs === null ? {} : { to: new Date(toMs).toISOString() }),
    })),
    identities: holdings.filter((holding) => isHeld(holding, nowMs)).map(identityView),
  };
}

/** Not ended yet; it may begin later. */
export function isHeld({ validUntilMs }: IdentityHolding, nowMs: number): boolean {
  return validUntilMs === null || validUntilMs > nowMs;
}

/** The assignment in force; assignments are in order of time. */
export function assignmentAt(assignments: readonly Assignment[], nowMs: number): Assignment | undefined {
  return assignments.findLast(({ validFromMs }) => validFromMs === null || validFromMs <= nowMs);
}

/** Of those that begin at the same time the last is meant. */
function comingPlans(assignments: readonly Assignment[], nowMs: number): ComingPlanView[] {
  return assignments.flatMap(({ planId, validFromMs }, index) => {
    if (validFromMs === null || validFromMs <= nowMs || assignments[index + 1]?.validFromMs === validFromMs) return [];
    return [{ plan: planId, from: new Date(validFromMs).toISOString() }];
  });
}

function identityView({ kind, value, provider, validFromMs, validUntilMs }: IdentityHolding): IdentityView {
  return {
    kind: kind as IdentityView['kind'],
    value,
    ...(provider === '' ? {} : { provider }),
    ...(validFromMs === null ? {} : { validFrom: new Date(validFromMs).toISOString() }),
    ...(validUntilMs === null ? {} : { validUntil: new Date(validUntilMs).toISOString() }),
  };
}
