/** Properties that several charging primitives share, so that they mean the same everywhere. */

import type { PropertySpec } from '../primitive.ts';

export const amountProperty: PropertySpec = {
  name: 'amount',
  kind: 'decimal',
  required: true,
  min: -1e12,
  max: 1e12,
  help: 'Amount in the currency of the plan; negative is a credit.',
};

export const recurringProperties: readonly PropertySpec[] = [
  amountProperty,
  {
    name: 'when',
    kind: 'choice',
    choices: ['arrears', 'advance'],
    default: 'arrears',
    help: 'Posted when the period is complete (arrears) or begins (advance).',
  },
  {
    name: 'prorate',
    kind: 'boolean',
    default: 'true',
    help: 'Whether joining or leaving in mid-period charges by local days.',
  },
];

export const unitProperty: PropertySpec = { name: 'unit', kind: 'unit', required: true, help: 'Unit of quantities.' };

export const periodProperty: PropertySpec = {
  name: 'period',
  kind: 'choice',
  choices: ['month', 'cycle', 'week', 'day', 'life'],
  default: 'month',
  help: 'When the running total starts again: calendar month, billing cycle, week from Monday, day, or never.',
};
