/** Named schemas of spend by day, forecasts and quotes. */
import type {
  DayView,
  ForecastView,
  LineCount,
  QuoteRefusal,
  QuoteView,
  RunwayView,
  SpendView,
} from '../../contract.ts';
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
  ref,
  text,
  whole,
} from './schema.ts';

export const spendComponents = {
  NewQuote: object({
    uses: {
      ...list(
        object(
          {
            meter: text({ maxLength: 64 }),
            quantity: money,
            unit: text({ description: 'Default: the base unit of the meter.' }),
            start: { ...instant, description: 'Default: now.' },
            end: { ...instant, description: 'Default: as long as it lasts; at once for what is counted.' },
            attributes: mapOf(text()),
          },
          ['unit', 'start', 'end', 'attributes'],
        ),
      ),
      minItems: 1,
      maxItems: 8,
    },
  }),
  QuoteView: object<QuoteView>({
    meter: text(),
    quantity: money,
    unit: text(),
    currency: text(),
    amount: money,
    lines: list(object<QuoteView['lines'][number]>({ label: text(), quantity: money, unit: text(), amount: money })),
    free: { enum: ['allowance', 'unpriced', null] },
    balanceAfter: money,
    buys: {
      oneOf: [
        object<NonNullable<QuoteView['buys']>>({ quantity: whole, inUnit: money, beyond: flag }),
        { type: 'null' },
      ],
    },
  }),
  QuoteRefusal: object<QuoteRefusal>({
    meter: text(),
    quantity: money,
    unit: text(),
    refused: text({ description: 'Why this use has no price, such as no-plan, bad-attribute or no-rate.' }),
    detail: text(),
  }),
  QuoteAnswer: object({ quotes: list({ oneOf: [ref('QuoteView'), ref('QuoteRefusal')] }) }),
  DayView: object<DayView>({ date, amount: money, use: mapOf(whole) }),
  SpendView: object<SpendView>({
    account: text(),
    currency: text(),
    seq: integer(),
    asOfMs: ms,
    period: dates,
    days: list(ref('DayView')),
    previous: {
      oneOf: [
        object<NonNullable<SpendView['previous']>>({
          period: dates,
          total: money,
          sameDay: money,
          sameDayDate: date,
          days: list(ref('DayView')),
        }),
        { type: 'null' },
      ],
    },
    forecast: object<ForecastView>({
      amount: money,
      usage: money,
      perDay: money,
      daysBegun: integer(),
      daysToGo: integer(),
      due: money,
    }),
    runway: {
      oneOf: [
        object<RunwayView>({ left: money, days: nullable('integer'), until: nullable('string') }),
        { type: 'null' },
      ],
    },
    lines: list(
      object<LineCount>({
        label: text(),
        plan: text(),
        unit: text(),
        versions: list(integer()),
        charges: integer(),
        records: integer(),
      }),
    ),
    whole: flag,
  }),
} as const;
