/**
 * The Instant-IP usage record (REQUIREMENTS I1) and the check of its twelve fields, one by one. It knows nothing of
 * files (reader.ts) nor of the records before (consistency.ts).
 *
 * Trailing spaces of a text are padding and no part of it; a leading space is a fault, because two vendors must not
 * differ by what nobody sees.
 */
import { type InstantIpField, type InstantIpFieldName, instantIpFields } from './fields.ts';
import { isZone, parseMoment, parseUnixSeconds } from './moment.ts';
import { parseImplied, parseThousandths } from './thousandths.ts';

export type InstantIpForm = 'csv' | 'fixed';

export interface InstantIpRecord {
  readonly usageDescription: string;
  readonly additionalUsageDescription: string;
  readonly unitsThousandths: bigint;
  readonly unitOfMeasure: string;
  /** UTC epoch, whole seconds. */
  readonly dateTimeMs: number;
  readonly vendor: string;
  /** Negative is a credit. */
  readonly chargeThousandths: bigint;
  readonly currency: string;
  /** Of the bill period, with this record's charge. */
  readonly totalToDateThousandths: bigint;
  readonly balanceRemainingThousandths: bigint;
  readonly usageAttribution: string;
  /** 0…999, to be waited after this record and before the next. */
  readonly timeDelaySeconds: number;
}

/** What is wrong with a field: what stands there and what may stand there. */
export interface InstantIpProblem {
  readonly field: InstantIpFieldName;
  readonly found: string;
  readonly expected: string;
}

/** What is odd about a field of a record that is good all the same. */
export interface InstantIpRemark {
  readonly field: InstantIpFieldName;
  readonly code: 'shortened' | 'currency-unknown';
  readonly text: string;
}

export type InstantIpCheck =
  | { readonly ok: true; readonly record: InstantIpRecord; readonly remarks: readonly InstantIpRemark[] }
  | { readonly ok: false; readonly problems: readonly InstantIpProblem[] };

export interface InstantIpCheckOptions {
  /** Shorten over-long text, with a remark, instead of refusing it. */
  readonly lenient?: boolean;
  /** IANA zone of `dateTime` in delimited text; UTC by default. */
  readonly zone?: string;
}

/**
 * Checks fields given by name, as in a delimited file: texts, and for `timeDelaySecond` also a number. Names beyond the
 * twelve are ignored. Throws a RangeError for a zone that the runtime doesn't know.
 */
export function checkInstantIpRecord(
  fields: Readonly<Partial<Record<InstantIpFieldName, unknown>>>,
  options: InstantIpCheckOptions = {},
): InstantIpCheck {
  const problems: InstantIpProblem[] = [];
  const texts = instantIpFields.map((field) => {
    const value = Object.hasOwn(fields, field.name) ? fields[field.name] : undefined;
    if (typeof value === 'string') return value;
    if (field.kind === 'delay' && typeof value === 'number') return String(value);
    const expected = `a text: ${expectation(field, 'csv')}`;
    problems.push({ field: field.name, found: value === undefined ? 'nothing' : typeof value, expected });
    return '';
  });
  return problems.length > 0 ? { ok: false, problems } : checkTexts(texts, 'csv', options);
}

/** Checks the twelve texts of a line, in the record's order. */
export function checkTexts(
  texts: readonly string[],
  form: InstantIpForm,
  options: InstantIpCheckOptions,
): InstantIpCheck {
  const check = new FieldCheck(texts, form, options);
  const record: InstantIpRecord = {
    usageDescription: check.text(0),
    additionalUsageDescription: check.text(1),
    unitsThousandths: check.thousandths(2),
    unitOfMeasure: check.text(3),
    dateTimeMs: check.moment(4),
    vendor: check.text(5),
    chargeThousandths: check.thousandths(6),
    currency: check.currency(7),
    totalToDateThousandths: check.thousandths(8),
    balanceRemainingThousandths: check.thousandths(9),
    usageAttribution: check.text(10),
    timeDelaySeconds: check.delay(11),
  };
  return check.problems.length > 0
    ? { ok: false, problems: check.problems }
    : { ok: true, record, remarks: check.remarks };
}

/** What may stand in a field, in words. */
export function expectation(field: InstantIpField, form: InstantIpForm): string {
  switch (field.kind) {
    case 'text':
      return `${field.required ? 1 : 0} to ${field.size} printable characters`;
    case 'delay':
      return form === 'csv' ? 'a whole number of seconds from 0 to 999' : '3 digits of seconds';
    case 'moment':
      return form === 'csv' ? 'a real moment from 1970 to 2286 as YYYY-MM-DD HH:MM:SS' : '10 digits of Unix seconds';
    case 'numeric':
      return form === 'csv'
        ? decimalExpectation(field.size, field.signed)
        : impliedExpectation(field.size, field.signed);
  }
}

function decimalExpectation(size: number, signed: boolean): string {
  const most = `${'9'.repeat(size - 3).replace(/\B(?=(\d{3})+$)/g, ',')}.999`;
  return `a number from ${signed ? `-${most}` : '0'} to ${most}, without separators and with at most 3 decimals`;
}

function impliedExpectation(size: number, signed: boolean): string {
  return `${size} digits, the last 3 being decimals${signed ? '; a minus may take the place of the first' : ''}`;
}

class FieldCheck {
  readonly problems: InstantIpProblem[] = [];
  readonly remarks: InstantIpRemark[] = [];
  readonly #texts: readonly string[];
  readonly #form: InstantIpForm;
  readonly #lenient: boolean;
  readonly #zone: string;

  constructor(texts: readonly string[], form: InstantIpForm, options: InstantIpCheckOptions) {
    this.#texts = texts;
    this.#form = form;
    this.#lenient = options.lenient ?? false;
    this.#zone = options.zone ?? 'UTC';
    if (this.#zone !== 'UTC' && !isZone(this.#zone)) throw new RangeError(`unknown zone ${this.#zone}`);
  }

  text(index: number): string {
    const field = instantIpFields[index]!;
    const text = this.#texts[index]!.replace(/ +$/, '');
    if (!isPrintable(text)) this.#refuse(index, `${expectation(field, this.#form)} in UTF-8`);
    else if (text.startsWith(' ')) this.#refuse(index, 'no space before the text');
    else if (text === '' && field.kind === 'text' && field.required) this.#refuse(index);
    else return this.#sized(index, text);
    return '';
  }

  currency(index: number): string {
    const text = this.text(index);
    if (text !== '' && !currencies.has(text)) {
      const { name: field } = instantIpFields[index]!;
      this.remarks.push({ field, code: 'currency-unknown', text: `"${text}" is no ISO 4217 code` });
    }
    return text;
  }

  thousandths(index: number): bigint {
    const field = instantIpFields[index]!;
    const text = this.#texts[index]!;
    const value = this.#form === 'csv' ? parseThousandths(text, field.size) : parseImplied(text, field.size);
    const negative = field.kind === 'numeric' && !field.signed && text.startsWith('-');
    if (value !== null && !negative) return value;
    this.#refuse(index);
    return 0n;
  }

  moment(index: number): number {
    const text = this.#texts[index]!;
    const value = this.#form === 'csv' ? parseMoment(text, this.#zone) : parseUnixSeconds(text);
    if (value === null) this.#refuse(index);
    return value ?? 0;
  }

  delay(index: number): number {
    const text = this.#texts[index]!;
    if (this.#form === 'csv' ? /^\d{1,3}$/.test(text) : /^\d{3}$/.test(text)) return Number(text);
    this.#refuse(index);
    return 0;
  }

  #sized(index: number, text: string): string {
    const { name: field, size } = instantIpFields[index]!;
    const chars = text.length <= size ? [] : Array.from(text);
    if (chars.length <= size) return text;
    if (!this.#lenient) {
      this.#refuse(index, `${expectation(instantIpFields[index]!, this.#form)}, not ${chars.length}`);
      return '';
    }
    const short = chars.slice(0, size).join('').replace(/ +$/, '');
    this.remarks.push({
      field,
      code: 'shortened',
      text: `"${bounded(text)}" has ${chars.length} characters and was shortened to "${short}"`,
    });
    return short;
  }

  #refuse(index: number, expected = expectation(instantIpFields[index]!, this.#form)): void {
    this.problems.push({ field: instantIpFields[index]!.name, found: bounded(this.#texts[index]!), expected });
  }
}

const foundCharsMax = 60;

/** What is quoted of a text of unknown length. */
export function bounded(text: string): string {
  return text.length <= foundCharsMax ? text : `${text.slice(0, foundCharsMax)}…`;
}

/** No control, format or private characters, no line breaks, and nothing that was not UTF-8. */
function isPrintable(text: string): boolean {
  return !/[\p{C}\p{Zl}\p{Zp}\ufffd]/u.test(text);
}

const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
