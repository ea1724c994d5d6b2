/**
 * Money as people read it: from the server's decimal string, with the currency's own digits, never through a float.
 * Nothing billed is rounded here: digits beyond the currency's are shown when they are there.
 */
import { decimalsOf, isDecimal } from './decimal.ts';
import { viewerLocale } from './locale.ts';

export interface MoneyFormat {
  readonly locale?: string;
  /** For estimates only: round to the currency's digits instead of showing all of them. */
  readonly estimate?: boolean;
  /** Put a plus before what is added. */
  readonly signed?: boolean;
}

export function formatMoney(amount: string, currency: string, format: MoneyFormat = {}): string {
  return moneyParts(amount, currency, format)
    .map((part) => part.value)
    .join('');
}

/** The same in parts, so that a page can make the fraction smaller. */
export function moneyParts(amount: string, currency: string, format: MoneyFormat = {}): Intl.NumberFormatPart[] {
  if (!isDecimal(amount)) return [{ type: 'literal', value: '—' }];
  const locale = format.locale ?? viewerLocale();
  const digits = currencyDigits(currency);
  const shown = format.estimate ? digits : Math.max(digits, decimalsOf(amount));
  return formatter(locale, currency, shown, format.signed ?? false).formatToParts(amount as `${number}`);
}

const fractionDigitsMax = 20;
const digitsOf = new Map<string, number>();
const formatters = new Map<string, Intl.NumberFormat>();

/** 2 for USD, 0 for JPY, 3 for KWD; 2 for a code that is no currency, as on an Instant-IP record. */
export function currencyDigits(currency: string): number {
  let digits = digitsOf.get(currency);
  if (digits === undefined) {
    digits = isCurrency(currency)
      ? (new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2)
      : 2;
    digitsOf.set(currency, digits);
  }
  return digits;
}

function formatter(locale: string, currency: string, digits: number, signed: boolean): Intl.NumberFormat {
  const key = `${locale} ${currency} ${digits} ${signed}`;
  let made = formatters.get(key);
  if (!made) {
    made = new Intl.NumberFormat(locale, {
      ...(isCurrency(currency) ? { style: 'currency', currency } : { style: 'decimal' }),
      minimumFractionDigits: Math.min(digits, currencyDigits(currency)),
      maximumFractionDigits: Math.min(digits, fractionDigitsMax),
      signDisplay: signed ? 'exceptZero' : 'negative',
    });
    formatters.set(key, made);
  }
  return made;
}

function isCurrency(code: string): boolean {
  return /^[A-Z]{3}$/.test(code);
}
