/**
 * What a use would cost now, pure: rated on a copy of the account's state, so that allowances, steps and windows count
 * and nothing is posted (REQUIREMENTS I11). And how much of it what is left to spend still buys (I12): a search over the
 * quantity, bounded, each step of it another copy.
 */
import {
  type AccountState,
  type AccountTerms,
  addDecimal,
  billOf,
  copyState,
  negatedDecimal,
  type RatedCharge,
  type RefusalReason,
  rateTick,
  rateUsage,
  toScaled,
} from '../../rating/index.ts';

export interface ProposedUse {
  readonly meter: string;
  /** Base units, > 0. */
  readonly quantity: bigint;
  /** UTC epoch ms. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string>>;
}

export type Quote =
  | {
      readonly ok: true;
      /** At the plan's scale. */
      readonly amount: string;
      readonly charges: readonly RatedCharge[];
      /** An allowance took some or all of it. */
      readonly fromAllowance: boolean;
    }
  | { readonly ok: false; readonly reason: RefusalReason; readonly detail: string };

export function quoteOf(terms: AccountTerms, state: AccountState, use: ProposedUse): Quote {
  return rated(use, ready(terms, state, use.startMs), terms);
}

/** What begins anyway (set-up, monthly constants) is no price of this use, so it is posted to the copy first. */
function ready(terms: AccountTerms, state: AccountState, atMs: number): AccountState {
  const copy = copyState(state);
  rateTick(terms, copy, atMs);
  return copy;
}

function rated({ meter, quantity, ...use }: ProposedUse, state: AccountState, terms: AccountTerms): Quote {
  const before = allowanceText(terms, state, use.startMs);
  const result = rateUsage(terms, state, { id: 'quote', readings: [{ meter, quantity }], ...use });
  if (!result.ok) return result;
  const charges = result.charges.filter((charge) => charge.kind === 'usage');
  const amount = charges.reduce((sum, charge) => addDecimal(sum, charge.amount), '0');
  return { ok: true, amount, charges, fromAllowance: allowanceText(terms, state, use.startMs) !== before };
}

function allowanceText(terms: AccountTerms, state: AccountState, atMs: number): string {
  return JSON.stringify(billOf(terms, state, atMs).allowances);
}

/** Searched no further: a year of seconds, a petabyte. */
const secondsMax = 366n * 86_400n;
const quantityMax = 10n ** 15n;
const amountScale = 12;

export interface Purchase {
  /** Base units: the most that costs no more than what is left. */
  readonly quantity: bigint;
  /** It buys more than is searched for, or it costs nothing. */
  readonly beyond: boolean;
}

/**
 * Prices rise with the quantity wherever steps are graduated; where they don't (volume steps), it is a quantity that
 * can be bought, beyond which the next unit can't. Null where the use can't be rated at all.
 */
export function purchaseOf(terms: AccountTerms, state: AccountState, use: ProposedUse, left: string): Purchase | null {
  const start = ready(terms, state, use.startMs);
  const most = use.endMs > use.startMs ? secondsMax : quantityMax;
  const leftUnits = toScaled(left, amountScale);
  const affords = (quantity: bigint): boolean | null => {
    const endMs = use.endMs > use.startMs ? use.startMs + Number(quantity) * 1_000 : use.endMs;
    const quote = rated({ ...use, quantity, endMs }, copyState(start), terms);
    return quote.ok ? toScaled(quote.amount, amountScale) <= leftUnits : null;
  };
  if (affords(use.quantity) === null) return null;
  let low = 0n;
  let high = 1n;
  while (high < most && affords(high)) [low, high] = [high, high * 4n];
  if (high >= most && affords(most)) return { quantity: most, beyond: true };
  high = high > most ? most : high;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (affords(middle)) low = middle;
    else high = middle;
  }
  return { quantity: low, beyond: false };
}

/** What an account may still spend: its balance and its limit. Null where nothing limits it. */
export function leftToSpend(
  { prepaid, creditLimit }: { readonly prepaid: boolean; readonly creditLimit: string | null },
  balance: string,
): string | null {
  const left = creditLimit === null ? balance : addDecimal(balance, creditLimit);
  const hasSome = toScaled(left, amountScale) > 0n;
  if (!hasSome && !prepaid && creditLimit === null) return null;
  return hasSome ? left : addDecimal(left, negatedDecimal(left));
}
