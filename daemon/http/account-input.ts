/** What a request says of an account, checked and normalised; whether it fits what is stored is decided elsewhere. */
import { normalStation, parseAddress, parseCidr } from '../../collectors/index.ts';
import type { IdentityView } from '../contract.ts';
import type { AccountTaxation } from '../store/store.ts';
import { Fields } from './fields.ts';
import { credentialLimits } from './session.ts';

export type IdentityKind = IdentityView['kind'];

export interface IdentityInput {
  readonly kind: IdentityKind;
  readonly value: string;
  readonly provider: string;
  readonly validFromMs: number | null;
  /** Where in the request it stands, for refusals. */
  readonly field: string;
}

export interface TaxationInput {
  readonly place: string | null;
  readonly placeFromMs: number | null;
  /** Null: not to be changed. */
  readonly exemptions: AccountTaxation['exemptions'] | null;
}

export interface NewAccountInput {
  readonly taxation: TaxationInput;
  readonly id: string | null;
  readonly name: string;
  readonly currency: string;
  readonly timezone: string;
  readonly cycleDay: number;
  readonly plan: string;
  readonly prepaid: boolean;
  readonly creditLimit: string | null;
  readonly identities: readonly IdentityInput[];
  readonly password: string | null;
  /** Of the plan's assignment. */
  readonly validFromMs: number | null;
}

/** Undefined or null: not to be changed, save `creditLimit`, where null takes the limit away. */
export interface AccountChangesInput {
  readonly taxation: TaxationInput;
  readonly name: string | null;
  readonly prepaid: boolean | null;
  readonly creditLimit: string | null | undefined;
  readonly plan: string | null;
  readonly planFromMs: number | null;
  /** The plan begins with the account's next bill period. */
  readonly planFromNextPeriod: boolean;
  readonly identities: readonly IdentityInput[] | null;
  readonly password: string | null;
}

export const identityKinds: readonly IdentityKind[] = ['login', 'address', 'prefix', 'station', 'local-id'];
const identitiesMax = 100;
const exemptionsMax = 50;

export const textLimits = {
  accountId: {
    max: 64,
    pattern: /^[A-Za-z0-9][A-Za-z0-9._@+-]*$/,
    wants: 'must begin with a letter or digit and have only those and . _ @ + -',
  },
  name: { max: 200 },
  currency: { max: 3, pattern: /^[A-Z]{3}$/, wants: 'must be an ISO 4217 code of three capital letters, such as USD' },
  timezone: { max: 64, pattern: /^[A-Za-z][A-Za-z0-9_+/-]*$/, wants: 'must be an IANA time zone such as Europe/Paris' },
  planId: { max: 128 },
  identity: { max: 253 },
  /** A login or station may be anything that an attribute of RADIUS holds, such as a login that ends in NUL. */
  sentIdentity: { max: 253, asSent: true },
  provider: { max: 128 },
  note: { max: 500 },
  place: {
    max: 200,
    pattern: /^[^/\s][^/]*(\/[^/\s][^/]*)*$/,
    wants: 'must go from the large to the small, such as US/CA/Alameda',
  },
  tax: { max: 100 },
} as const;

export function readNewAccount(body: unknown): NewAccountInput {
  const fields = new Fields(body);
  const input: NewAccountInput = {
    taxation: readTaxation(fields),
    id: fields.optionalText('id', textLimits.accountId),
    name: fields.text('name', textLimits.name),
    currency: fields.text('currency', textLimits.currency),
    timezone: readTimezone(fields),
    cycleDay: fields.optionalInteger('cycleDay', 1, 31) ?? 1,
    plan: fields.text('plan', textLimits.planId),
    prepaid: fields.optionalBoolean('prepaid') ?? false,
    creditLimit: fields.optionalDecimal('creditLimit'),
    identities: readIdentities(fields) ?? [],
    password: fields.optionalText('password', credentialLimits.password),
    validFromMs: fields.optionalInstant('validFrom'),
  };
  fields.refuseUnknown();
  return input;
}

export function readAccountChanges(body: unknown): AccountChangesInput {
  const fields = new Fields(body);
  const planFromNextPeriod = fields.isText('planFrom', 'next-period');
  const input: AccountChangesInput = {
    taxation: readTaxation(fields),
    name: fields.optionalText('name', textLimits.name),
    prepaid: fields.optionalBoolean('prepaid'),
    creditLimit: fields.has('creditLimit') ? fields.optionalDecimal('creditLimit') : undefined,
    plan: fields.optionalText('plan', textLimits.planId),
    planFromMs: planFromNextPeriod ? null : fields.optionalInstant('planFrom'),
    planFromNextPeriod,
    identities: readIdentities(fields),
    password: fields.optionalText('password', credentialLimits.password),
  };
  fields.refuseUnknown();
  if ((input.planFromMs !== null || planFromNextPeriod) && input.plan === null)
    fields.fail('planFrom', 'needs a plan beside it');
  return input;
}

function readTaxation(fields: Fields): TaxationInput {
  const place = fields.optionalText('place', textLimits.place);
  const placeFromMs = fields.optionalInstant('placeFrom');
  if (placeFromMs !== null && place === null) fields.fail('placeFrom', 'needs a place beside it');
  return { place, placeFromMs, exemptions: fields.optionalList('taxExemptions', exemptionsMax, readExemption) };
}

function readExemption(item: unknown, path: string): AccountTaxation['exemptions'][number] {
  const fields = new Fields(item, path);
  const tax = fields.text('tax', textLimits.tax);
  const fromMs = fields.optionalInstant('from');
  const toMs = fields.optionalInstant('to');
  if (fromMs !== null && toMs !== null && toMs <= fromMs) fields.fail('to', 'must be after from');
  fields.refuseUnknown();
  return { tax, fromMs, toMs };
}

/** One identity; `field` is its place in the request, empty where it is the whole body. */
export function readIdentity(item: unknown, field = ''): IdentityInput {
  const fields = new Fields(item, field);
  const kind = fields.text('kind', { max: 20 }) as IdentityKind;
  if (!identityKinds.includes(kind)) fields.fail('kind', `must be one of ${identityKinds.join(', ')}`);
  const isSent = kind === 'login' || kind === 'station';
  const said = fields.text('value', isSent ? textLimits.sentIdentity : textLimits.identity);
  const value = normalIdentity(kind, said) ?? fields.fail('value', `is no ${kind}`);
  const provider = fields.optionalText('provider', textLimits.provider) ?? '';
  // The guide would look for a login of any provider under none and never find it.
  if (provider !== '' && kind !== 'local-id') fields.fail('provider', 'belongs to local-id only');
  const validFromMs = fields.optionalInstant('validFrom');
  if (fields.has('validUntil')) fields.fail('validUntil', 'is set when the identity ends or passes to another account');
  fields.refuseUnknown();
  return { kind, value, provider, validFromMs, field };
}

function readIdentities(fields: Fields): IdentityInput[] | null {
  const identities = fields.optionalList('identities', identitiesMax, readIdentity);
  const seen = new Set<string>();
  for (const [index, identity] of (identities ?? []).entries()) {
    const key = identityKey(identity);
    if (seen.has(key)) fields.fail(`identities[${index}]`, 'is there twice');
    seen.add(key);
  }
  return identities;
}

/** Equal for equal identities only. */
export function identityKey({ kind, value, provider }: { kind: string; value: string; provider: string }): string {
  return JSON.stringify([kind, value, provider]);
}

/** In the form the collectors use, so that equal identities are equal texts; null where the value is none. */
function normalIdentity(kind: IdentityKind, value: string): string | null {
  if (kind === 'station') return normalStation(value);
  if (kind === 'address') return normalAddress(value);
  if (kind === 'prefix') return normalPrefix(value);
  return value;
}

function normalPrefix(value: string): string | null {
  const parsed = value.includes('/') ? parseCidr(value) : null;
  const address = normalAddress(value.split('/')[0]!);
  return parsed === null || address === null ? null : `${address}/${parsed.bits}`;
}

function normalAddress(value: string): string | null {
  const parsed = value.includes('%') ? null : parseAddress(value);
  if (parsed === null) return null;
  if (parsed.version === 4) return [24n, 16n, 8n, 0n].map((shift) => (parsed.value >> shift) & 255n).join('.');
  // The URL parser writes an IPv6 address as RFC 5952 wants it.
  return new URL(`http://[${value}]/`).hostname.slice(1, -1);
}

function readTimezone(fields: Fields): string {
  const timezone = fields.text('timezone', textLimits.timezone);
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return timezone;
  } catch {
    return fields.fail('timezone', textLimits.timezone.wants);
  }
}
