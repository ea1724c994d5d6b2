/** The twelve fields of the Instant-IP record in their order (REQUIREMENTS I1), with their sizes and places. */

export type InstantIpFieldName =
  | 'usageDescription'
  | 'additionalUsageDescription'
  | 'units'
  | 'unitOfMeasure'
  | 'dateTime'
  | 'vendor'
  | 'charge'
  | 'currency'
  | 'totalToDate'
  | 'balanceRemaining'
  | 'usageAttribution'
  | 'timeDelaySecond';

interface TextField {
  readonly kind: 'text';
  readonly required: boolean;
}

interface NumericField {
  readonly kind: 'numeric';
  readonly signed: boolean;
}

export type InstantIpField = (TextField | NumericField | { readonly kind: 'moment' | 'delay' }) & {
  readonly name: InstantIpFieldName;
  /** Characters of a text or digits of a number, decimals included: also the width in the fixed form. */
  readonly size: number;
};

const text = (name: InstantIpFieldName, size: number, required = true): InstantIpField => ({
  kind: 'text',
  name,
  size,
  required,
});
const numeric = (name: InstantIpFieldName, size: number, signed = true): InstantIpField => ({
  kind: 'numeric',
  name,
  size,
  signed,
});

export const instantIpFields: readonly InstantIpField[] = [
  text('usageDescription', 20),
  text('additionalUsageDescription', 20, false),
  numeric('units', 11, false),
  text('unitOfMeasure', 6),
  { kind: 'moment', name: 'dateTime', size: 10 },
  text('vendor', 12),
  numeric('charge', 11),
  text('currency', 4),
  numeric('totalToDate', 14),
  numeric('balanceRemaining', 14),
  text('usageAttribution', 12, false),
  { kind: 'delay', name: 'timeDelaySecond', size: 3 },
];

/** Characters of a record in the fixed form, without its line end: 137. */
export const instantIpRecordChars = instantIpFields.reduce((sum, field) => sum + field.size, 0);
