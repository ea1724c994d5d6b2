/** What one account's bills, charges and use must say, and what the daemon's say: exact decimals by the same names. */
import { formatDecimal, parseDecimal } from '../auditor.ts';
import { localClock } from '../local-time.ts';
import type { Subscriber } from '../population/subscribers.ts';
import type { Api } from './api.ts';
import { type Bills, minorScale, post, postedScale, usageBills } from './charges.ts';
import { feesDue, lastTick, type Membership, setUps } from './fees.ts';
import { billOf, partsOf } from './parts.ts';
import { allChargesName, chargesName, postedCharges, roundingName } from './posted.ts';
import type { Piece } from './use.ts';

/** The parts of the daemon's answers that are looked at. */
interface BillAnswer {
  readonly total: string;
  readonly asOfMs: number;
  readonly lines: readonly {
    readonly label: string;
    readonly baseQuantity: string;
    readonly amount: string;
    readonly exactAmount: string;
  }[];
}

interface UsageAnswer {
  readonly items: readonly { readonly readings: Readonly<Record<string, string>> }[];
  readonly next: string | null;
}

/** Exact decimals by what they are of. */
export type Figures = Map<string, string>;

export interface Audited {
  readonly expected: Figures;
  readonly actual: Figures;
  /** Sum of what the daemon's bills show. */
  readonly total: bigint;
  readonly bills: number;
  /** Stored charges that were read. */
  readonly charges: number;
}

const pageSize = 200;

export interface AuditedAccount {
  readonly subscriber: Subscriber;
  readonly joinedSeconds: number;
  readonly knownSinceSeconds: number;
  readonly pieces: readonly Piece[];
}

/**
 * Fetches an account's bills, charges and use, and works out what they must be. `onCharges` is told of charges as they
 * come.
 */
export async function auditAccount(
  api: Api,
  account: AuditedAccount,
  onCharges?: (charges: number) => void,
): Promise<Audited> {
  const { subscriber, joinedSeconds, knownSinceSeconds, pieces } = account;
  const { zone, cycleDay, plan } = subscriber;
  const path = `api/accounts/${encodeURIComponent(subscriber.account)}`;
  // The bill of now first: what falls due later than its clock is no matter of this audit.
  const { asOfMs } = await api.get<BillAnswer>(`${path}/bill`);
  const asOfSeconds = Math.floor(asOfMs / 1000);
  const membership: Membership = { plan, zone, cycleDay, joinedSeconds, knownSinceSeconds, asOfSeconds };
  const parts = pieces.flatMap((piece) => partsOf(piece, zone, cycleDay));
  const bills = usageBills(plan, parts);
  const actual: Figures = new Map();
  const found = new Map<string, BillAnswer>();
  for (const bill of billNames(membership, bills)) {
    found.set(bill, await api.get<BillAnswer>(`${path}/bill?period=${bill}`));
  }
  addFees(bills, membership, found);
  addSetUp(bills, membership, found, pieces.length > 0);
  let total = 0n;
  for (const [bill, answer] of found) {
    total += parseDecimal(answer.total, minorScale);
    actual.set(`${bill} total`, answer.total);
    for (const { label: told, baseQuantity, amount, exactAmount } of answer.lines) {
      // A second line of the same name, of another version of the plan maybe, is one that nobody expects.
      const label = actual.has(`${bill} ${told}: posted`) ? `${told} (again)` : told;
      actual.set(`${bill} ${label}: posted`, exactAmount);
      actual.set(`${bill} ${label}: shown`, amount);
      actual.set(`${bill} ${label}: quantity`, baseQuantity);
    }
  }
  const posted = await postedCharges(api, path, onCharges);
  for (const [name, sum] of [...posted.figures, ...(await usedBy(api, path))]) actual.set(name, sum);
  const expected = figuresOf(bills, posted.rounded, pieces);
  return { expected, actual, total, bills: found.size, charges: posted.count };
}

/**
 * Names and decimals of what must be on the bills, of the charges they are made of, and of the use behind them. Closing
 * posts what rounding to cents makes of each line.
 */
function figuresOf(bills: Bills, rounded: ReadonlySet<string>, pieces: readonly Piece[]): Figures {
  const figures: Figures = new Map();
  for (const [bill, lines] of bills) {
    let [total, charges] = [0n, 0n];
    for (const [label, { amount, quantity }] of lines) {
      const cents = roundedToCents(amount);
      const rounding = rounded.has(bill) ? cents * centMillionths - amount : 0n;
      total += cents;
      charges += amount + rounding;
      figures.set(chargesName(bill, label), formatDecimal(amount, postedScale));
      if (rounding !== 0n) figures.set(roundingName(bill, label), formatDecimal(rounding, postedScale));
      figures.set(`${bill} ${label}: posted`, formatDecimal(amount, postedScale));
      figures.set(`${bill} ${label}: shown`, formatDecimal(cents, minorScale));
      figures.set(`${bill} ${label}: quantity`, String(quantity));
    }
    figures.set(`${bill} total`, formatDecimal(total, minorScale));
    figures.set(allChargesName(bill), formatDecimal(charges, postedScale));
  }
  let [seconds, octetsIn, octetsOut] = [0n, 0n, 0n];
  for (const piece of pieces) {
    seconds += piece.seconds;
    octetsIn += piece.octetsIn;
    octetsOut += piece.octetsOut;
  }
  figures.set('use: seconds', String(seconds));
  figures.set('use: octets in', String(octetsIn));
  figures.set('use: octets out', String(octetsOut));
  return figures;
}

const centMillionths = 10n ** BigInt(postedScale - minorScale);

/** Millionths to cents, half away from zero. */
function roundedToCents(amount: bigint): bigint {
  const cents = (2n * (amount < 0n ? -amount : amount) + centMillionths) / (2n * centMillionths);
  return amount < 0n ? -cents : cents;
}

/** Bills of the whole membership, and of use wherever it lies. */
function billNames({ zone, cycleDay, joinedSeconds, asOfSeconds }: Membership, bills: Bills): string[] {
  const clock = localClock(zone);
  const names = new Set(bills.keys());
  const daySeconds = 86_400;
  for (let at = joinedSeconds; at <= asOfSeconds; at += daySeconds) names.add(billOf(clock(at), cycleDay));
  names.add(billOf(clock(asOfSeconds), cycleDay));
  return [...names].sort();
}

/** A fee that only may be there is expected if it is. */
function addFees(bills: Bills, membership: Membership, found: ReadonlyMap<string, BillAnswer>): void {
  const onBill = new Map<string, { amount: bigint; isCertain: boolean; bill: string; label: string }>();
  for (const fee of feesDue(membership)) {
    const key = `${fee.bill} ${fee.label}`;
    const sum = onBill.get(key) ?? { amount: 0n, isCertain: false, bill: fee.bill, label: fee.label };
    onBill.set(key, { ...sum, amount: sum.amount + fee.amount, isCertain: sum.isCertain || fee.isCertain });
  }
  for (const { bill, label, amount, isCertain } of onBill.values()) {
    const isThere = found.get(bill)?.lines.some((line) => line.label === label) === true;
    if (isCertain || isThere) post(bills, bill, label, amount, 0n);
  }
}

/** Once, on the bill of the first use or tick, whichever the daemon met first: on one of the bills, whole. */
function addSetUp(bills: Bills, membership: Membership, found: ReadonlyMap<string, BillAnswer>, hasUse: boolean): void {
  const setUp = setUps[membership.plan];
  if (setUp === null) return;
  const on = [...found].find(([, { lines }]) => lines.some(({ label }) => label === setUp.label))?.[0];
  if (on === undefined && !hasUse && lastTick(membership) === null) return;
  post(bills, on ?? [...found.keys()][0]!, setUp.label, setUp.amount, 0n);
}

const meters = [
  ['time', 'use: seconds'],
  ['octets-in', 'use: octets in'],
  ['octets-out', 'use: octets out'],
] as const;

/** Sums of the account's raw use. */
async function usedBy(api: Api, path: string): Promise<Figures> {
  const sums = new Map<string, bigint>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: UsageAnswer = await api.get(`${path}/usage?limit=${pageSize}${from}`);
    for (const { readings } of page.items) {
      for (const [meter, quantity] of Object.entries(readings)) {
        sums.set(meter, (sums.get(meter) ?? 0n) + BigInt(quantity));
      }
    }
    cursor = page.next;
  }
  return new Map(meters.map(([meter, name]) => [name, String(sums.get(meter) ?? 0n)]));
}
