/** Random plans of every primitive, random use, and random tables for them: what the property tests run on. */
import fc from 'fast-check';
import { primitives, type RatingTables, type UsageEvent } from '../../rating/index.ts';
import { tablesOf } from './harness.ts';

type Draw = <T>(arbitrary: fc.Arbitrary<T>) => T;

const period = fc.constantFrom('month', 'cycle', 'week', 'day', 'life');
const price = fc
  .tuple(fc.integer({ min: -300, max: 5000 }), fc.integer({ min: 0, max: 4 }))
  .map(([n, places]) => (n / 10 ** places).toFixed(places));
const clock = fc.integer({ min: 0, max: 23 }).map((hour) => `${String(hour).padStart(2, '0')}:30`);

/** What a branch of a plan is about: the meters it selects, and the units they are counted in. */
const subjects = [
  { types: 'time', units: ['hour', 'minute', 'second'] },
  { types: 'octets', units: ['MB', 'GB', 'MiB', 'B'] },
  { types: 'octets-in', units: ['MB', 'kB'] },
  { types: 'voice', units: ['minute', 'second'] },
  { types: 'downloads,messages', units: ['1'] },
  { types: 'x-mail', units: ['kB', 'MB'] },
  { types: 'x-voip,x-abroad', units: ['MB', 'GB'] },
] as const;

class PlanText {
  readonly parts: string[] = [];
  readonly wires: string[] = [];
  readonly types = new Set<string>();
  #count = 0;

  add(type: string, properties: Readonly<Record<string, string | number | null>>, children = ''): string {
    const id = `n${++this.#count}`;
    const text = Object.entries(properties)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `<property name="${name}" value="${value}"/>`);
    this.parts.push(`<primitive id="${id}" type="${type}" label="Line ${id}">${text.join('')}${children}</primitive>`);
    this.types.add(type);
    return id;
  }

  wire(from: string, to: string): string {
    const text = `<connection from="${from}" to="${to}"/>`;
    if (!this.wires.includes(text)) this.wires.push(text);
    return to;
  }
}

function stepRater(draw: Draw, plan: PlanText, unit: string): string {
  const per = draw(fc.constantFrom('period', 'event'));
  const edges = draw(fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 3 })).sort((a, b) => a - b);
  const steps = [...edges.map((edge) => ` upTo="${edge}"`), ''].map((upTo, i) => {
    const start = i === 0 && per === 'period' && draw(fc.boolean()) ? ' constantAt="start"' : '';
    const constant = draw(fc.constantFrom('0', '0', '1.5', '0.0000004'));
    return `<step${upTo} multiplier="${draw(price)}" constant="${constant}"${start}/>`;
  });
  return plan.add(
    'StepRater',
    {
      unit,
      per,
      period: draw(period),
      mode: draw(fc.constantFrom('graduated', 'volume')),
      increment: draw(fc.option(fc.integer({ min: 1, max: 5000 }))),
      firstIncrement: draw(fc.option(fc.integer({ min: 1, max: 9000 }))),
    },
    steps.join(''),
  );
}

function percentileRater(draw: Draw, plan: PlanText): string {
  return plan.add('PercentileRater', {
    price: draw(fc.integer({ min: 0, max: 500_000 })) / 1000,
    unit: draw(fc.constantFrom('kbit/s', 'Mbit/s')),
    direction: draw(fc.constantFrom('in', 'out', 'greater')),
    percentile: 99,
    committed: draw(fc.constantFrom('0', '0.25')),
  });
}

/** One more primitive of use behind `from`; returns those that use leaves by. */
function usagePart(draw: Draw, plan: PlanText, from: string, unit: string): string[] {
  const kind = draw(fc.integer({ min: 0, max: 7 }));
  const amount = draw(fc.integer({ min: 0, max: 200 }));
  if (kind === 0) return [plan.wire(from, plan.add('FreeStepRater', { limit: amount, unit, period: draw(period) }))];
  if (kind === 1) {
    const [a, b] = draw(fc.tuple(clock, clock).filter(([x, y]) => x !== y));
    return [
      plan.wire(from, plan.add('DailyTimeFilter', { from: a, to: b })),
      plan.wire(from, plan.add('DailyTimeFilter', { from: b, to: a })),
    ];
  }
  if (kind === 2) {
    const days = draw(fc.constantFrom('mon-fri', 'sat,sun', 'fri-mon', 'wed'));
    return [plan.wire(from, plan.add('WeeklyTimeFilter', { days, from: '07:15', to: draw(clock) }))];
  }
  if (kind === 3) {
    const listed = draw(fc.boolean());
    const days = { days: listed ? '--03-08,2026-03-29,--02-29' : null, table: listed ? null : 'days' };
    return ['include', 'exclude'].map((mode) => plan.wire(from, plan.add('SpecialDaysTimeFilter', { ...days, mode })));
  }
  if (kind === 4) {
    const type = draw(
      fc.constantFrom('MonthlyAccumulator', 'BillingCycleAccumulator', 'WeeklyAccumulator', 'DailyAccumulator'),
    );
    const weekStart = type === 'WeeklyAccumulator' ? draw(fc.constantFrom('monday', 'sunday', 'wednesday')) : null;
    const total = plan.wire(from, plan.add(type, { unit, weekStart }));
    return ['excess', 'below'].map((mode) =>
      plan.wire(total, plan.add('ThresholdFilter', { threshold: amount, unit, mode })),
    );
  }
  if (kind === 5) {
    const mode = draw(fc.constantFrom('excess', 'above', 'below'));
    return [plan.wire(from, plan.add('ThresholdFilter', { threshold: amount, unit, mode }))];
  }
  if (kind === 6) {
    plan.wire(
      from,
      plan.add('UseMonitor', {
        meter: 'octets',
        unit: 'GB',
        limit: draw(fc.integer({ min: 0, max: 3 })),
        period: 'day',
      }),
    );
    return [from];
  }
  // Two ways that meet again: their use is added up.
  const [left, right] = [
    plan.wire(from, plan.add('WeeklyTimeFilter', { days: 'mon-thu' })),
    plan.wire(from, plan.add('WeeklyTimeFilter', { days: 'fri-sun' })),
  ];
  const free = plan.add('FreeStepRater', { limit: amount, unit, period: 'day' });
  plan.wire(left, free);
  return [plan.wire(right, free)];
}

/** The charges' side: from raters to the account, through whatever lies between. */
function chargeParts(draw: Draw, plan: PlanText, charges: readonly string[]): void {
  let level = [...charges];
  for (let depth = draw(fc.integer({ min: 1, max: 4 })); depth > 0; depth--) {
    const groups: string[][] = [[], []];
    for (const charge of level) groups[draw(fc.integer({ min: 0, max: 1 }))]!.push(charge);
    level = groups
      .filter((group) => group.length > 0)
      .map((group) => {
        const target = chargePart(draw, plan);
        for (const charge of group) plan.wire(charge, target);
        return target;
      });
  }
  for (const charge of level) {
    if (draw(fc.integer({ min: 0, max: 5 })) === 0)
      plan.wire(charge, plan.add('SecondAccountFinalizer', { account: 'other' }));
    else {
      const converted = plan.wire(charge, plan.add('CurrencyConverter', { to: 'USD' }));
      plan.wire(converted, 'post');
    }
  }
}

function chargePart(draw: Draw, plan: PlanText): string {
  const kind = draw(fc.integer({ min: 0, max: 4 }));
  if (kind === 0) return plan.add('Adder', {});
  if (kind === 1) {
    const gives = draw(fc.constantFrom('within', 'within', 'excess'));
    return plan.add('PeriodCap', { amount: draw(fc.integer({ min: 0, max: 200 })), period: draw(period), gives });
  }
  if (kind === 2) return plan.add('TaxCalculator', { table: 'taxes' });
  if (kind === 3) {
    const compound = draw(fc.boolean());
    const taxes = `<tax jurisdiction="state" name="A" rate="0.0825"/><tax jurisdiction="local" name="B" rate="1.333%" compound="${compound}"/>`;
    return plan.add('TaxCalculator', {}, taxes);
  }
  const shares =
    '<share class="x" party="P" percent="33.3"/><share class="x" party="Q" percent="66.7"/>' +
    (draw(fc.boolean())
      ? '<share class="*" party="Q" percent="12.5"/><share class="*" party="R" percent="87.5"/>'
      : '');
  const away = draw(fc.boolean()) ? shares.replace('party="Q"', 'party="Q" account="q"') : shares;
  return plan.add(
    'CostResponsibilityMatrix',
    { attribute: draw(fc.option(fc.constant('service'), { nil: null })) },
    away,
  );
}

function buildPlan(draw: Draw): string {
  const plan = new PlanText();
  const charges: string[] = [];
  const located = plan.wire('usage', plan.add('IptoLocationMapper', {}));
  const classified = plan.wire(
    located,
    plan.add(
      'UsageTypeClassifier',
      {},
      `<rule meter="x-mail" when="meter = messages" quantity="sizeOctets"/>
      <rule meter="x-voip" when="port in 5060,5061"/><rule meter="x-abroad" when="country != FR"/>`,
    ),
  );
  for (const subject of draw(fc.shuffledSubarray([...subjects], { minLength: 1, maxLength: 4 }))) {
    const source = subject.types.startsWith('x-') ? classified : draw(fc.constantFrom('usage', located, classified));
    const selected = plan.wire(source, plan.add('UsageTypeSelector', { types: subject.types }));
    if (subject.types === 'octets') charges.push(plan.wire(selected, percentileRater(draw, plan)));
    let ends = [selected];
    const unit = draw(fc.constantFrom(...subject.units));
    for (let depth = draw(fc.integer({ min: 0, max: 3 })); depth > 0; depth--) {
      const at = draw(fc.integer({ min: 0, max: ends.length - 1 }));
      ends = [...ends.filter((_, i) => i !== at), ...usagePart(draw, plan, ends[at]!, unit)];
    }
    for (const end of ends) charges.push(raterBehind(draw, plan, end, unit, subject.types));
  }
  charges.push(plan.add('OneTimeCharge', { amount: draw(price) }));
  const when = draw(fc.constantFrom('arrears', 'advance'));
  charges.push(plan.add('MonthlyRecurringCharge', { amount: '19.99', when }));
  charges.push(plan.add('BillingCycleRecurringCharge', { amount: draw(price), prorate: String(draw(fc.boolean())) }));
  chargeParts(draw, plan, charges);
  const scale = draw(fc.integer({ min: 0, max: 8 }));
  return `<plan xmlns="urn:meterd:plan:1" id="random" currency="EUR" scale="${scale}">
${plan.parts.join('\n')}
<primitive id="sure" type="OneTimeCharge"><property name="amount" value="1"/></primitive>
<primitive id="in-usd" type="CurrencyConverter"><property name="to" value="USD"/></primitive>
<primitive id="post" type="AccountFinalizer"/>
<connection from="sure" to="in-usd"/><connection from="in-usd" to="post"/>
${plan.wires.join('\n')}
</plan>`;
}

function raterBehind(draw: Draw, plan: PlanText, end: string, unit: string, types: string): string {
  if (types !== 'voice' || draw(fc.boolean())) return plan.wire(end, stepRater(draw, plan, unit));
  const per = draw(fc.constantFrom('event', 'period'));
  const prefixes =
    '<prefix digits="3" rate="0.02" increment="6"/><prefix digits="336" rate="0.1" setup="0.05" minimum="60"/><prefix digits="1" rate="0.005"/>';
  return plan.wire(
    end,
    draw(fc.boolean())
      ? plan.add('E164DialPlanRater', { per }, prefixes)
      : plan.add('E164DialPlanRater', { per, table: 'world' }),
  );
}

/** Plans of every primitive, graphs several levels deep on both sides; prices in EUR, posted in USD. */
export const planXml: fc.Arbitrary<string> = fc.integer({ min: 0, max: 2 ** 31 - 1 }).map((seed) => {
  let n = 0;
  return buildPlan((arbitrary) => fc.sample(arbitrary, { numRuns: 1, seed: seed + n++ * 7919 })[0]!);
});

/** The same plan with other prices: its next version. */
export function repriced(xml: string): string {
  return xml
    .replace(/(multiplier|rate)="(-?)(\d)/g, '$1="$21$3')
    .replace(/rate="1(\d*\.\d+%|\d*\.\d+)" (setup|minimum|increment)/g, 'rate="$1" $2')
    .replace(/(jurisdiction="\w+" name="\w+" rate=")1/g, '$1');
}

/** Types of the primitives in a plan. */
export function typesIn(xml: string): string[] {
  return [...xml.matchAll(/type="(\w+)"/g)].map((match) => match[1]!);
}

/** Every type there is. */
export const allTypes: readonly string[] = primitives.map(({ type }) => type);

/** Taxes change on 15 March, rates every third day, the dial plan on 20 March. */
export function randomTables(): RatingTables {
  const days = Array.from({ length: 400 }, (_, i) => new Date(Date.UTC(2026, 0, 1) + i * 3 * 86_400_000));
  const rates = days.map((day, i) => `${day.toISOString().slice(0, 10)},1.${String((i * 37) % 100).padStart(2, '0')}`);
  return {
    ...tablesOf({
      'taxes/taxes':
        'place,jurisdiction,name,rate,compound,from\nFR,state,VAT,0.2,,\nFR,state,VAT,0.196,,2026-03-15\nFR/75,local,City,0.0133,true,\nFR/75,county,City,0.01,,2028-02-29\n',
      'rates/rates': `Date,USD\n2000-01-01,1.1\n${rates.join('\n')}\n`,
      'holidays/days': 'date\n2026-03-20\n--02-29\n2026-03-08\n',
      'locations/locations': 'network,country,region\n192.0.2.0/24,FR,IDF\n198.51.100.0/24,DE,\n2001:db8::/32,FR,\n',
      'dial-plans/world': 'digits,rate,setup,increment,minimum\n3,0.03,0,6,30\n33612,0.2,0.1,60,60\n1,0.01,,,\n',
    }),
  };
}

const minutes = (max: number) => fc.integer({ min: 0, max });
const places = fc.record({
  port: fc.constantFrom('80', '5060', '05061'),
  remoteAddress: fc.constantFrom('192.0.2.9', '198.51.100.1', '2001:db8::7', '203.0.113.5', 'nowhere'),
  service: fc.constantFrom('x', 'y'),
  calledNumber: fc.constantFrom('+33612345678', '0033123456789', '12025550123'),
  sizeOctets: fc.constantFrom('0', '999', '4200000'),
});
/** Around the changes of clocks of spring 2026, and a leap day. */
const bases = [Date.UTC(2026, 2, 1), Date.UTC(2028, 1, 20)];

/** Time that fills its interval; octets both ways at a whole number a millisecond; calls; counted things. */
const event: fc.Arbitrary<UsageEvent> = fc
  .record({
    base: fc.constantFrom(...bases),
    start: minutes(60 * 24 * 40),
    length: minutes(60 * 50),
    session: fc.constantFrom(undefined, 's1', 's2'),
    kind: fc.constantFrom('time', 'data', 'both', 'voice', 'downloads', 'messages', 'huge'),
    rates: fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 99 })),
    attributes: places,
  })
  .map(({ base, start, length, session, kind, rates: [rateIn, rateOut], attributes }) => {
    const startMs = base + start * 60_000;
    const lengthMs = length * 60_000;
    const seconds = BigInt(length * 60);
    const data = [
      { meter: 'octets-in', quantity: BigInt(rateIn) * BigInt(lengthMs) },
      { meter: 'octets-out', quantity: BigInt(rateOut) * BigInt(lengthMs) },
    ];
    const readings = {
      time: [{ meter: 'time', quantity: seconds }],
      data,
      both: [{ meter: 'time', quantity: seconds }, ...data],
      voice: [{ meter: 'voice', quantity: seconds }],
      downloads: [{ meter: 'downloads', quantity: BigInt(rateOut) }],
      messages: [{ meter: 'messages', quantity: 1n }],
      // A whole number a millisecond about 2⁵³ and beyond.
      huge: [
        {
          meter: 'octets-in',
          quantity: (2n ** 53n / BigInt(lengthMs || 1) + BigInt(rateOut % 3) - 1n) * BigInt(lengthMs || 1),
        },
      ],
    }[kind]!;
    const one = { id: `e${startMs}`, readings, startMs, endMs: startMs + lengthMs, attributes };
    return session === undefined ? one : { ...one, chargeable: session };
  });

export const events: fc.Arbitrary<UsageEvent[]> = fc
  .array(event, { minLength: 1, maxLength: 8 })
  .map((list) => list.map((one, i) => ({ ...one, id: `e${i}` })));

/** Zones of whole, half and quarter hours, and with clocks that change by an hour or half of one. */
export const account = fc.record({
  zone: fc.constantFrom(
    'UTC',
    'Europe/Paris',
    'America/New_York',
    'Asia/Kolkata',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'America/Sao_Paulo',
  ),
  cycleDay: fc.constantFrom(1, 15, 29, 31),
});
