/**
 * Compiled plans by version, and the terms of an account: which plan version was valid when (DESIGN §3.4). Plans are
 * compiled once and kept (REQUIREMENTS P80); the source text becomes code in load-code.ts only.
 */
import {
  type AccountTerms,
  compilePlan,
  type PlanSegment,
  type Rater,
  type RatingTables,
  readPlan,
} from '../../rating/index.ts';
import { meterdError } from '../errors.ts';
import type { Account, AccountTaxation, Assignment, PlanVersion, StoreReader } from '../store/store.ts';
import { loadRater } from './load-code.ts';
import { withStored } from './stored-tables.ts';

/** Different terms kept; made again where there are more. */
const termsMax = 10_000;

export class PlanRegistry {
  readonly #store: StoreReader;
  readonly #raters = new Map<string, Rater>();
  readonly #versions = new Map<string, readonly PlanVersion[]>();
  #tables: Promise<RatingTables> | null = null;
  /** By all that they are made of: accounts alike share theirs, which are most of an account's memory. */
  readonly #terms = new Map<string, AccountTerms>();
  #changes = 0;

  constructor(store: StoreReader) {
    this.#store = store;
  }

  /** Forgets which versions a plan has, after a new one was stored. */
  forget(planId: string): void {
    this.#versions.delete(planId);
    this.#forgetTerms();
  }

  /** Reads the tables again when they are next asked for, after one was imported. */
  forgetTables(): void {
    this.#tables = null;
    this.#forgetTerms();
  }

  #forgetTerms(): void {
    this.#terms.clear();
    this.#changes++;
  }

  async terms(account: Account): Promise<AccountTerms> {
    const assignments = await this.#store.assignments(account.no);
    const taxation = await this.#store.taxation(account.no);
    const { currency, timezone, cycleDay } = account;
    const key = JSON.stringify([currency, timezone, cycleDay, assignments, taxation]);
    const known = this.#terms.get(key);
    if (known) return known;
    const changes = this.#changes;
    const terms = await this.#makeTerms(account, assignments, taxation);
    if (this.#terms.size >= termsMax) this.#terms.clear();
    // What was forgotten while they were made may be part of them.
    if (changes === this.#changes) this.#terms.set(key, terms);
    return terms;
  }

  async #makeTerms(
    account: Account,
    assignments: readonly Assignment[],
    { places, exemptions }: AccountTaxation,
  ): Promise<AccountTerms> {
    const segments: PlanSegment[] = [];
    for (const [index, assignment] of assignments.entries()) {
      const fromMs = assignment.validFromMs ?? Number.NEGATIVE_INFINITY;
      const toMs = assignments[index + 1]?.validFromMs ?? Number.POSITIVE_INFINITY;
      segments.push(...(await this.#segments(assignment, fromMs, toMs)));
    }
    const joinedAtMs = assignments[0]?.validFromMs ?? null;
    return {
      tables: await this.tables(),
      // The first place reaches back without limit (DESIGN §3.4).
      places: places.map(({ place, fromMs }) => ({
        place,
        fromMs: fromMs === Number.MIN_SAFE_INTEGER ? Number.NEGATIVE_INFINITY : fromMs,
      })),
      exemptions: exemptions.map(({ tax, fromMs, toMs }) => ({
        tax,
        fromMs: fromMs ?? Number.NEGATIVE_INFINITY,
        toMs: toMs ?? Number.POSITIVE_INFINITY,
      })),
      currency: account.currency,
      zone: account.timezone,
      cycleDay: account.cycleDay,
      segments,
      ...(joinedAtMs === null ? {} : { joinedAtMs }),
    };
  }

  /** All tables that plans may name; the same object until `forgetTables`. */
  tables(): Promise<RatingTables> {
    this.#tables ??= this.#readTables();
    return this.#tables;
  }

  async #readTables(): Promise<RatingTables> {
    let tables: RatingTables = {};
    for (const table of await this.#store.ratingTables()) {
      const result = withStored(tables, table);
      if ('problem' in result) {
        throw meterdError('table-invalid', `stored table ${table.kind}/${table.name}: ${result.problem.message}`);
      }
      tables = result.tables;
    }
    return tables;
  }

  async #segments(assignment: Assignment, fromMs: number, toMs: number): Promise<PlanSegment[]> {
    const versions = await this.#versionsOf(assignment.planId);
    const segments: PlanSegment[] = [];
    for (const [index, version] of versions.entries()) {
      const begin = Math.max(fromMs, index === 0 ? Number.NEGATIVE_INFINITY : (version.validFromMs ?? fromMs));
      const end = Math.min(toMs, versions[index + 1]?.validFromMs ?? Number.POSITIVE_INFINITY);
      if (begin < end) {
        segments.push({
          planId: version.planId,
          version: version.version,
          fromMs: begin,
          toMs: end,
          rater: this.#rater(version),
        });
      }
    }
    return segments;
  }

  async #versionsOf(planId: string): Promise<readonly PlanVersion[]> {
    const known = this.#versions.get(planId);
    if (known) return known;
    const changes = this.#changes;
    const versions = await this.#store.planVersions(planId);
    if (changes === this.#changes) this.#versions.set(planId, versions);
    return versions;
  }

  #rater(version: PlanVersion): Rater {
    const key = `${version.planId}\n${version.version}`;
    const known = this.#raters.get(key);
    if (known) return known;
    const { plan, problems } = readPlan(version.xml);
    if (plan === null) {
      const first = problems.find((problem) => problem.severity === 'error');
      throw meterdError('plan-invalid', `stored plan ${version.planId} v${version.version}: ${first?.message}`);
    }
    const rater = loadRater(plan, compilePlan(plan));
    this.#raters.set(key, rater);
    return rater;
  }
}
