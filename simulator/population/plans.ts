/**
 * The plans of a population, as they are put into the daemon. The auditor has their prices once more, in its own words
 * (audit/charges.ts), so that a slip in one of the two shows.
 */

export const planNames = ['flat', 'hourly', 'graduated', 'fig-6b'] as const;

export type PlanName = (typeof planNames)[number];

/** Id of a population's plan in the daemon: nobody else's. */
export function planId(plan: PlanName): string {
  return `population-${plan}`;
}

const post = '<primitive id="post" type="AccountFinalizer"/>';

const bodies: Readonly<Record<PlanName, string>> = {
  flat: `
  <primitive id="fee" type="BillingCycleRecurringCharge" label="Flat rate"><property name="amount" value="29.90"/><property name="when" value="advance"/></primitive>
  ${post}
  <connection from="fee" to="post"/>`,
  hourly: `
  <primitive id="time" type="StepRater" label="Hours online"><property name="unit" value="hour"/><step multiplier="1.20"/></primitive>
  ${post}
  <connection from="usage" to="time"/>
  <connection from="time" to="post"/>`,
  graduated: `
  <primitive id="monthly" type="MonthlyRecurringCharge" label="Monthly fee"><property name="amount" value="9.90"/></primitive>
  <primitive id="data" type="UsageTypeSelector"><property name="types" value="octets"/></primitive>
  <primitive id="free" type="FreeStepRater" label="Free data"><property name="limit" value="5"/><property name="unit" value="GB"/></primitive>
  <primitive id="dataRate" type="StepRater" label="Data"><property name="unit" value="GB"/>
    <step upTo="20" multiplier="0.80"/><step upTo="100" multiplier="0.40" constant="1.50"/><step multiplier="0.10"/></primitive>
  <primitive id="sum" type="Adder"/>
  ${post}
  <connection from="usage" to="data"/>
  <connection from="data" to="free"/>
  <connection from="free" to="dataRate"/>
  <connection from="monthly" to="sum"/>
  <connection from="dataRate" to="sum"/>
  <connection from="sum" to="post"/>`,
  'fig-6b': `
  <primitive id="setup" type="OneTimeCharge" label="Set-up"><property name="amount" value="10"/></primitive>
  <primitive id="monthly" type="MonthlyRecurringCharge" label="Monthly fee"><property name="amount" value="20"/></primitive>
  <primitive id="free" type="FreeStepRater" label="Free hours"><property name="limit" value="100"/><property name="unit" value="hour"/><property name="period" value="month"/></primitive>
  <primitive id="peak" type="DailyTimeFilter"><property name="from" value="19:00"/><property name="to" value="24:00"/></primitive>
  <primitive id="offpeak" type="DailyTimeFilter"><property name="from" value="00:00"/><property name="to" value="19:00"/></primitive>
  <primitive id="peakRate" type="StepRater" label="On-peak hours"><property name="unit" value="hour"/><step multiplier="1"/></primitive>
  <primitive id="offRate" type="StepRater" label="Off-peak hours"><property name="unit" value="hour"/><step upTo="100" multiplier="0.50"/><step multiplier="0.25"/></primitive>
  <primitive id="sum" type="Adder"/>
  ${post}
  <connection from="usage" to="free"/>
  <connection from="free" to="peak"/>
  <connection from="free" to="offpeak"/>
  <connection from="peak" to="peakRate"/>
  <connection from="offpeak" to="offRate"/>
  <connection from="setup" to="sum"/>
  <connection from="monthly" to="sum"/>
  <connection from="peakRate" to="sum"/>
  <connection from="offRate" to="sum"/>
  <connection from="sum" to="post"/>`,
};

export function planXml(plan: PlanName): string {
  const id = planId(plan);
  return `<plan xmlns="urn:meterd:plan:1" id="${id}" name="Population: ${plan}" currency="USD" scale="6">${bodies[plan]}
</plan>
`;
}
