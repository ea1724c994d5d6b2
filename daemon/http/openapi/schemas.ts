/**
 * JSON Schemas (2020-12, as OpenAPI 3.1 has them) of what the API takes and gives. `object<T>` makes the compiler hold
 * each to the fields of its type in contract.ts.
 */

import { tableKinds } from '../../../rating/index.ts';
import type {
  AccountView,
  AllowanceView,
  ApiTokenView,
  BillLineView,
  BillPeriodView,
  BillView,
  ChargeTraceView,
  ChargeView,
  ComingPlanView,
  ConservationView,
  HealthView,
  IdentityView,
  IssuedApiToken,
  LiveCharge,
  NamedAmount,
  NetworkSessionView,
  OpenSessionView,
  Problem,
  RawUsageView,
  SessionView,
  TableView,
  TaxExemptionView,
  UsageAnswer,
  UsageVerdict,
} from '../../contract.ts';
import { allRights, allRoles, machineRoles } from '../roles.ts';
import {
  date,
  dates,
  flag,
  instant,
  integer,
  list,
  mapOf,
  money,
  ms,
  nullable,
  object,
  oneOf,
  ref,
  type Schema,
  text,
  whole,
} from './schema.ts';
import { spendComponents } from './spend-schemas.ts';
import { staffComponents } from './staff-schemas.ts';

export { ref, type Schema, text } from './schema.ts';

/** A page of the named schema. */
export const pageOf = (name: string): Schema => object({ items: list(ref(name)), next: nullable('string') });

export const pageQuery = {
  cursor: { schema: text(), description: 'The `next` of the page before.' },
  limit: { schema: integer({ minimum: 1, maximum: 200, default: 50 }), description: 'Items on a page.' },
} as const;

export const problemList = list(ref('PlanProblem'));
const identityKind = oneOf(['login', 'address', 'prefix', 'station', 'local-id']);
const newIdentity = object<Omit<IdentityView, 'validUntil'>>(
  { kind: identityKind, value: text({ maxLength: 253 }), provider: text({ maxLength: 128 }), validFrom: instant },
  ['provider', 'validFrom'],
);

const accountFields = {
  name: text({ maxLength: 200 }),
  plan: text(),
  prepaid: flag,
  creditLimit: { type: ['string', 'null'] },
  place: text({ maxLength: 200 }),
  placeFrom: instant,
  taxExemptions: { ...list(ref('TaxExemptionView')), maxItems: 50 },
  identities: { ...list(ref('NewIdentity')), maxItems: 100 },
  password: text({ maxLength: 256, writeOnly: true }),
};

const tokenFields = {
  id: text(),
  name: text(),
  role: oneOf(machineRoles),
  provider: nullable('string'),
  rights: list(oneOf(allRights)),
};

/** The named schemas of the document. */
export const components = {
  SignIn: object({ login: text({ maxLength: 256 }), password: text({ maxLength: 256 }) }),
  SessionView: object<SessionView>({ login: text(), role: oneOf(allRoles), account: nullable('string') }),
  SessionOrNone: { oneOf: [ref('SessionView'), { type: 'null' }] },
  NewApiToken: object(
    {
      name: text({ maxLength: 100 }),
      role: oneOf(machineRoles),
      provider: text({ pattern: '^[A-Za-z0-9._-]{1,64}$', description: 'Of the role provider only.' }),
      rights: { ...list(oneOf(allRights)), uniqueItems: true, description: 'Of the role provider only, at least one.' },
    },
    ['provider', 'rights'],
  ),
  IssuedApiToken: object<IssuedApiToken>({ ...tokenFields, token: text({ description: 'Shown this once.' }) }),
  ApiTokenView: object<ApiTokenView>({ ...tokenFields, createdAt: instant, revokedAt: nullable('string') }),
  NewIdentity: newIdentity,
  IdentityView: object<IdentityView>(
    { kind: identityKind, value: text(), provider: text(), validFrom: instant, validUntil: instant },
    ['provider', 'validFrom', 'validUntil'],
  ),
  NewAccount: object(
    {
      id: text({ maxLength: 64 }),
      currency: text({ pattern: '^[A-Z]{3}$' }),
      timezone: text({ description: 'IANA name.' }),
      cycleDay: integer({ minimum: 1, maximum: 31, default: 1 }),
      validFrom: { ...instant, description: 'When the plan begins; default: without limit into the past.' },
      ...accountFields,
    },
    ['id', 'cycleDay', 'validFrom', 'prepaid', 'creditLimit', 'identities', 'password'],
  ),
  AccountChanges: object(
    {
      planFrom: { description: 'A time, or `next-period`; default now.', oneOf: [instant, { const: 'next-period' }] },
      ...accountFields,
    },
    ['planFrom', 'name', 'plan', 'prepaid', 'creditLimit', 'identities', 'password'],
  ),
  AccountView: object<AccountView>(
    {
      id: text(),
      name: text(),
      currency: text(),
      timezone: text(),
      cycleDay: integer(),
      plan: nullable('string'),
      comingPlans: list(object<ComingPlanView>({ plan: text(), from: instant })),
      prepaid: flag,
      creditLimit: nullable('string'),
      place: nullable('string'),
      taxExemptions: list(ref('TaxExemptionView')),
      identities: list(ref('IdentityView')),
    },
    ['comingPlans'],
  ),
  Payment: object(
    {
      amount: money,
      note: text({ maxLength: 500 }),
      key: text({ maxLength: 64, description: 'Of this payment; sent again it is the same one.' }),
    },
    ['note', 'key'],
  ),
  Balance: object({ balance: money }),
  BillLineView: object<BillLineView>(
    {
      label: text(),
      plan: text(),
      quantity: money,
      baseQuantity: whole,
      unit: text(),
      amount: money,
      exactAmount: money,
      corrects: integer(),
      vendor: text(),
      attribution: text(),
    },
    ['corrects', 'vendor', 'attribution'],
  ),
  ...spendComponents,
  ...staffComponents,
  NamedAmount: object<NamedAmount>({ name: text(), amount: money }),
  LiveCharge: object<LiveCharge>({
    seq: integer(),
    at: instant,
    usage: object<LiveCharge['usage']>({
      description: text(),
      additional: text(),
      units: money,
      unit: text(),
      vendor: text(),
      attribution: text(),
    }),
    charge: money,
    currency: text(),
    total: money,
    balance: money,
  }),
  AllowanceView: object<AllowanceView>({ label: text(), used: money, limit: money, unit: text() }),
  OpenSessionView: object<OpenSessionView>({
    id: text(),
    device: text(),
    startedAt: instant,
    lastEventAt: instant,
    seconds: whole,
    octetsIn: whole,
    octetsOut: whole,
  }),
  NetworkSessionView: object<NetworkSessionView>({
    id: text({ description: 'Acct-Session-Id.' }),
    device: text(),
    account: text(),
    login: text(),
    incarnation: integer(),
    open: flag,
    closedBy: { enum: ['stop', 'restart', 'next', 'silence', null] },
    startedAt: instant,
    lastEventAt: instant,
    lastHeardAt: instant,
    seconds: whole,
    octetsIn: whole,
    octetsOut: whole,
    concurrent: integer({ description: 'Open sessions of its account now.' }),
    attributes: mapOf(text()),
  }),
  BillPeriods: object({ items: list(ref('BillPeriodView')) }),
  BillPeriodView: object<BillPeriodView>({ from: date, to: date, closed: flag }),
  BillView: object<BillView>(
    {
      account: text(),
      name: text(),
      currency: text(),
      timezone: text(),
      period: dates,
      closed: { const: true },
      total: money,
      balance: money,
      prepaid: flag,
      asOf: instant,
      asOfMs: ms,
      seq: integer(),
      lines: list(ref('BillLineView')),
      allowances: list(ref('AllowanceView')),
      totals: object({ attributions: list(ref('NamedAmount')), vendors: list(ref('NamedAmount')) }),
      recent: list(ref('LiveCharge')),
      sessions: list(ref('OpenSessionView')),
      sessionCount: integer({ description: 'How many are open; `sessions` has the newest 50.' }),
    },
    ['closed', 'totals', 'recent'],
  ),
  RawUsageView: object<RawUsageView>({
    id: text(),
    start: instant,
    end: instant,
    device: text(),
    session: text(),
    readings: mapOf(whole),
    attributes: mapOf(text()),
  }),
  ChargeView: object<ChargeView>(
    {
      seq: integer(),
      label: text(),
      plan: text(),
      version: integer(),
      primitive: text(),
      kind: oneOf(['usage', 'recurring', 'one-time', 'rounding', 'priced', 'correction']),
      corrects: integer({ description: 'Of a correction: number of the charge it corrects.' }),
      amount: money,
      quantity: money,
      unit: text(),
      period: dates,
      at: instant,
      usage: nullable('string'),
      additional: text(),
      vendor: text(),
      attribution: text(),
    },
    ['corrects'],
  ),
  UsageEvents: list({ type: 'object', description: 'A CloudEvent 1.0; docs/api.md says what it may hold.' }),
  UsageAnswer: object<UsageAnswer>({ results: list(ref('UsageVerdict')) }),
  UsageVerdict: object<UsageVerdict>(
    {
      id: text(),
      source: text(),
      verdict: oneOf(['logged', 'duplicate', 'suspended', 'refused']),
      reason: text({ description: 'Why it was refused; docs/api.md lists the codes.' }),
      detail: text(),
    },
    ['reason', 'detail'],
  ),
  ChargeTrace: object<ChargeTraceView>({
    seq: integer(),
    steps: list(
      object<ChargeTraceView['steps'][number]>(
        {
          plan: text(),
          version: integer(),
          primitive: text(),
          type: text(),
          path: list(text()),
          from: instant,
          to: instant,
          meter: text(),
          text: text(),
          free: whole,
          passed: whole,
          label: text(),
          charged: money,
          terms: list(
            object({
              quantity: text(),
              inUnit: text(),
              baseUnit: { enum: ['s', 'B', 'B·s', ''] },
              unit: text(),
              multiplier: text(),
              constant: text(),
              of: text(),
            }),
          ),
        },
        ['free', 'passed', 'label', 'charged', 'terms'],
      ),
    ),
  }),
  TableView: object<TableView>({
    kind: oneOf(tableKinds),
    name: text(),
    from: nullable('string'),
    octets: integer(),
    importedAt: instant,
  }),
  TaxExemptionView: object<TaxExemptionView>({ tax: text({ maxLength: 100 }), from: instant, to: instant }, [
    'from',
    'to',
  ]),
  PlanView: object({ id: text(), name: text(), currency: text(), version: integer(), validFrom: nullable('string') }),
  PlanVersionView: object({ id: text(), version: integer() }),
  PlanProblem: object(
    {
      line: integer(),
      primitive: text(),
      property: text(),
      message: text(),
      severity: oneOf(['error', 'warning']),
    },
    ['primitive', 'property'],
  ),
  PlanProblems: object({ problems: list(ref('PlanProblem')) }),
  PlanAssignment: object({ account: text(), validFrom: instant }, ['validFrom']),
  PlanRun: object(
    {
      usage: { ...list({ type: 'object' }), maxItems: 1_000, description: 'Lines as `meterd plan rate` takes them.' },
      zone: text({ default: 'UTC' }),
      from: text(),
      until: text(),
      cycleDay: integer({ minimum: 1, maximum: 31, default: 1 }),
    },
    ['zone', 'from', 'until', 'cycleDay'],
  ),
  PlanRunResult: object({ currency: text(), records: list({ type: 'object' }), bills: list({ type: 'object' }) }),
  ConservationView: object<ConservationView>({
    collector: text(),
    received: integer(),
    logged: integer(),
    suspended: integer(),
    refused: mapOf(integer()),
    answeredFromCache: integer(),
    difference: integer(),
  }),
  HealthView: object<HealthView>({
    verdict: oneOf(['ok', 'warning', 'critical']),
    summary: text(),
    asOfMs: ms,
    startedAtMs: ms,
    version: text(),
    collectors: list(ref('ConservationView')),
    partition: { type: 'object' },
    money: list({ type: 'object' }),
    suspense: ref('Suspense'),
    devices: list({ type: 'object' }),
    flows: { type: ['object', 'null'], description: 'Null where no flow exporter is configured.' },
    process: { type: 'object' },
  }),
  Problem: object<Problem & { todo: string; field: string; problems: unknown }>(
    {
      type: text(),
      title: text(),
      status: integer(),
      code: text({ description: 'One of docs/errors.md; stable.' }),
      detail: text(),
      todo: text({ description: 'What to do about it.' }),
      field: text({ description: 'Of `request-invalid`: what is wrong.' }),
      problems: problemList,
    },
    ['detail', 'field', 'problems'],
  ),
} as const satisfies Readonly<Record<string, Schema>>;

/** References to the named schemas. */
export const schemas = Object.fromEntries(Object.keys(components).map((name) => [name, ref(name)])) as Readonly<
  Record<keyof typeof components, Schema>
>;
