/** A plan's text as a request brings it: its problems, and a run of it over known use. */
import {
  compilePlan,
  isZone,
  type Plan,
  type PlanProblem,
  type RatingTables,
  readPlan,
  zoneNamed,
} from '../../rating/index.ts';
import { meterdError } from '../errors.ts';
import { loadRater } from '../plans/load-code.ts';
import { type RunResult, runPlan } from '../plans/rate-file.ts';
import { parseInstant, readUsageLines, UsageLineError } from '../plans/usage-lines.ts';
import { textLimits } from './account-input.ts';
import { Fields } from './fields.ts';
import { invalid } from './problem.ts';

const dayMs = 86_400_000;
const usageLinesMax = 1_000;
/** Bills are made for every period of the run. */
const runMsMax = 10 * 366 * dayMs;
/**
 * A run holds up the thread that receives. Use is cut at every edge of every filter of a day and each piece visits every
 * primitive: days of use × primitives² tells how long, and some ten million of them take a second.
 */
const runStepsMax = 10_000_000;

/** Reads a plan that is to be kept under an id. */
export function readPlanOf(
  id: string,
  body: unknown,
): { readonly plan: Plan | null; readonly problems: PlanProblem[] } {
  if (typeof body !== 'string' || body.trim() === '') throw invalid('the body', 'must be the plan as XML');
  const { plan, problems } = readPlan(body);
  if (plan === null || plan.id === id) return { plan, problems };
  const message = `the plan's id is "${plan.id}", its address says "${id}"`;
  return { plan: null, problems: [{ line: 1, property: 'id', message, severity: 'error' }, ...problems] };
}

/** Rates the known use of the request with a stored plan (REQUIREMENTS P34). */
export function runOf(xml: string, body: unknown, tables: RatingTables): RunResult {
  const fields = new Fields(body);
  const usage = fields.optionalList('usage', usageLinesMax, (item) => item) ?? fields.fail('usage', 'is missing');
  const zone = fields.optionalText('zone', textLimits.timezone) ?? 'UTC';
  if (!isZone(zone)) fields.fail('zone', textLimits.timezone.wants);
  const cycleDay = fields.optionalInteger('cycleDay', 1, 31) ?? 1;
  const fromMs = dateOf(fields, 'from', zone);
  const untilMs = dateOf(fields, 'until', zone);
  fields.refuseUnknown();
  const { plan } = readPlan(xml);
  if (plan === null) throw meterdError('plan-invalid', 'the stored plan is no longer valid');
  try {
    const lines = readUsageLines(usage.map((item) => JSON.stringify(item)).join('\n'), zoneNamed(zone));
    const instants = lines.flatMap(({ event }) => [event.startMs, event.endMs]);
    for (const ms of [fromMs, untilMs]) if (ms !== null) instants.push(ms);
    if (Math.max(...instants) - Math.min(...instants) > runMsMax) fields.fail('usage', 'must not span over ten years');
    const days = lines.reduce((sum, { event }) => sum + 1 + (event.endMs - event.startMs) / dayMs, 0);
    const daysMax = Math.floor(runStepsMax / plan.nodes.length ** 2);
    if (days > daysMax) {
      const wanted = `must be of ${daysMax} days together at most with ${plan.nodes.length} primitives (each line counts as one more)`;
      fields.fail('usage', `${wanted}; meterd plan rate takes more`);
    }
    if (fromMs !== null && untilMs !== null && untilMs <= fromMs) fields.fail('until', 'must be after from');
    return runPlan(loadRater(plan, compilePlan(plan)), lines, {
      zone,
      cycleDay,
      facts: { tables },
      ...(fromMs === null ? {} : { fromMs }),
      ...(untilMs === null ? {} : { untilMs }),
    });
  } catch (error) {
    if (error instanceof UsageLineError) throw invalid(`usage[${error.line - 1}]`, error.message);
    throw error;
  }
}

function dateOf(fields: Fields, key: string, zone: string): number | null {
  const value = fields.optionalText(key, { max: 40 });
  if (value === null) return null;
  return parseInstant(value, zoneNamed(zone)) ?? fields.fail(key, 'must be a date such as 2001-01-31');
}
