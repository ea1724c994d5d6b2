/** `meterd plan check | compile | rate` (DESIGN §5): what a plan is, what it becomes, and what it charges. */

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  type AccountFacts,
  compilePlan,
  interpretPlan,
  isZone,
  type Plan,
  type PlanProblem,
  readPlan,
  type TraceEntry,
  zoneNamed,
} from '../../rating/index.ts';
import { loadRater } from '../plans/load-code.ts';
import { type RunResult, runPlan } from '../plans/rate-file.ts';
import { readTables, TableFileError } from '../plans/tables-folder.ts';
import { parseInstant, readUsageLines, type UsageLine, UsageLineError } from '../plans/usage-lines.ts';

export const planHelp = `Usage: meterd plan check FILE.xml
       meterd plan compile FILE.xml
       meterd plan rate FILE.xml --usage FILE.ndjson [options]

  check     prints every problem of a plan as FILE:LINE: message
  compile   prints the code a plan becomes, and the values bound to it
  rate      rates known use and prints what each record and each bill come to

Options of rate:
  --usage FILE       one JSON object a line, such as
                     {"type":"time","quantity":172800,"start":"2001-01-02T00:00:00","end":"2001-01-04T00:00:00"}
                     with "unit", "session" and "attributes" if need be
  --zone Area/City   zone of the account and of times without offset (default UTC)
  --from DATE        the account joins (default: start of the first record's bill period, nothing prorated)
  --until DATE       the account leaves (default: end of the last record's bill period)
  --cycle-day N      day of the month on which the billing cycle begins, 1 to 31 (default 1)
  --tables DIR       tables that the plan names: DIR/KIND/NAME.csv or NAME@2026-01-31.csv (in force from that day), KIND
                     one of taxes, rates, dial-plans, locations (also .mmdb), holidays
  --place PLACE      where the account is taxed, such as US/CA/Alameda
  --exempt TAXES     taxes the account need not pay: names, state, county, local, or *, separated by commas
  --trace            shows how each amount came about, part by part and step by step
  --interpret        uses the reference evaluator instead of the compiled plan
  --json             prints JSON instead of a table

Exit code: 0 well, 2 wrong usage or input.
`;

/** Where a command writes. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

const standard: Output = { out: (text) => process.stdout.write(text), err: (text) => process.stderr.write(text) };

/** Wrong usage or input: the message says what to do about it. */
class InputError extends Error {}

/** Runs `meterd plan ARGS…`; returns the exit code. */
export async function planCommand(args: string[], output: Output = standard): Promise<number> {
  try {
    return run(args, output);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    output.err(`${error.message}\n`);
    return 2;
  }
}

function run(args: string[], output: Output): number {
  const { values, positionals } = parse(args);
  if (values.help || positionals[0] === 'help') {
    output.out(planHelp);
    return 0;
  }
  const [command, file, ...rest] = positionals;
  if (command !== 'check' && command !== 'compile' && command !== 'rate') {
    throw new InputError(
      `meterd plan: ${command === undefined ? 'no command' : `unknown command ${command}`}\n\n${planHelp}`,
    );
  }
  if (file === undefined || rest.length > 0) throw new InputError(`meterd plan ${command}: expected one plan file`);
  const given = Object.keys(values);
  if (command !== 'rate' && given.length > 0) throw new InputError(`meterd plan ${command}: takes no --${given[0]}`);
  const { plan, problems } = readPlan(readText(file));
  if (command === 'check') {
    for (const problem of problems) output.out(`${describe(file, problem)}\n`);
    if (!plan) output.err(`${file}: the plan has errors\n`);
    return plan ? 0 : 2;
  }
  for (const problem of problems) output.err(`${describe(file, problem)}\n`);
  if (!plan) return 2;
  if (command === 'compile') output.out(compiledText(plan));
  else rate(plan, values, output);
  return 0;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        usage: { type: 'string' },
        zone: { type: 'string' },
        from: { type: 'string' },
        until: { type: 'string' },
        'cycle-day': { type: 'string' },
        tables: { type: 'string' },
        place: { type: 'string' },
        exempt: { type: 'string' },
        trace: { type: 'boolean' },
        interpret: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new InputError(`meterd plan: ${(error as Error).message}`);
  }
}

type Values = ReturnType<typeof parse>['values'];

function rate(plan: Plan, values: Values, output: Output): void {
  if (values.usage === undefined) throw new InputError('meterd plan rate: expected --usage FILE.ndjson');
  const zone = values.zone ?? 'UTC';
  if (!isZone(zone)) throw new InputError(`--zone: no zone "${zone}": expected a name such as Europe/Paris`);
  const cycleDay = /^\d{1,2}$/.test(values['cycle-day'] ?? '1') ? Number(values['cycle-day'] ?? 1) : 0;
  if (cycleDay < 1 || cycleDay > 31) throw new InputError('--cycle-day: expected a whole number from 1 to 31');
  const fromMs = dateOf('from', values.from, zone);
  const untilMs = dateOf('until', values.until, zone);
  if (fromMs !== undefined && untilMs !== undefined && untilMs <= fromMs)
    throw new InputError('--until: expected a date after --from');

  const traced: TraceEntry[] = [];
  // Only the definition can say how it came to an amount.
  const interpreted = values.interpret || values.trace;
  const rater = interpreted
    ? interpretPlan(plan, values.trace ? (entry) => traced.push(entry) : undefined)
    : loadRater(plan, compilePlan(plan));
  try {
    const lines: UsageLine[] = readUsageLines(readText(values.usage), zoneNamed(zone));
    const result = runPlan(rater, lines, {
      zone,
      cycleDay,
      ...(fromMs === undefined ? {} : { fromMs }),
      ...(untilMs === undefined ? {} : { untilMs }),
      ...(values.trace ? { traced } : {}),
      facts: factsOf(values),
    });
    output.out(values.json ? `${JSON.stringify(result)}\n` : table(result));
  } catch (error) {
    if (error instanceof UsageLineError) throw new InputError(`${values.usage}:${error.line}: ${error.message}`);
    if (error instanceof TableFileError) throw new InputError(error.message);
    throw error;
  }
}

/** What the options say of tables and of the account. */
function factsOf({ tables, place, exempt }: Values): AccountFacts {
  const always = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
  return {
    ...(tables === undefined ? {} : { tables: readTables(tables) }),
    ...(place === undefined ? {} : { places: [{ fromMs: always.fromMs, place }] }),
    ...(exempt === undefined ? {} : { exemptions: exempt.split(',').map((tax) => ({ tax: tax.trim(), ...always })) }),
  };
}

function dateOf(option: string, text: string | undefined, zone: string): number | undefined {
  if (text === undefined) return undefined;
  const atMs = parseInstant(text, zoneNamed(zone));
  if (atMs === null) throw new InputError(`--${option}: expected a date such as 2001-01-31, found "${text}"`);
  return atMs;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError(`${file}: cannot be read: ${(error as Error).message}`);
  }
}

function describe(file: string, { line, primitive, property, message, severity }: PlanProblem): string {
  const where = [primitive, property].filter((part) => part !== undefined).join('.');
  return `${file}:${line}: ${severity === 'warning' ? 'warning: ' : ''}${where ? `${where}: ` : ''}${message}`;
}

function compiledText(plan: Plan): string {
  const { source, constants } = compilePlan(plan);
  const show = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);
  const bound = constants.map(
    (value, i) => `// C[${i}] = ${typeof value === 'bigint' ? `${value}n` : JSON.stringify(value, show)}`,
  );
  return `${bound.join('\n')}\n${source}`;
}

function table({ currency, records, bills }: RunResult): string {
  const text: string[] = [];
  for (const record of records) {
    text.push(`record ${record.n}  ${record.amount} ${currency}`);
    for (const line of record.lines) text.push(`  ${row(line)}`);
    for (const flag of record.flags ?? []) text.push(`  flagged: ${flag}`);
    for (const line of record.trace ?? []) text.push(`    ${line}`);
  }
  for (const bill of bills) {
    text.push('', `bill ${bill.from} to ${bill.to}`);
    for (const line of bill.lines) text.push(`  ${row(line)}`);
    text.push(`  ${'total'.padEnd(28)} ${''.padStart(22)} ${bill.total.padStart(16)} ${currency}`);
  }
  return `${text.join('\n')}\n`;
}

function row({ label, quantity, unit, amount, account }: RunResult['records'][number]['lines'][number]): string {
  const shown = account === undefined ? label : `${label} → ${account}`;
  return `${shown.padEnd(28)} ${(unit ? `${quantity} ${unit}` : '').padStart(22)} ${amount.padStart(16)}`;
}
