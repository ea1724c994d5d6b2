/** A worked example of a primitive: shown in the docs, and run by the golden tests with both evaluators. */

export interface PrimitiveExample {
  readonly title: string;
  /** Primitives and connections; `post` is an AccountFinalizer that is there already. */
  readonly plan: string;
  /** Meter, quantity in base units, local start and end, and attributes; in UTC. */
  readonly use: readonly (readonly [
    meter: string,
    quantity: string,
    start: string,
    end: string,
    attributes?: Readonly<Record<string, string>>,
  ])[];
  /** Until when time passes after the use, exclusive: a local date. */
  readonly until?: string;
  /** Tables by kind and name, as CSV. */
  readonly tables?: Readonly<Record<string, string>>;
  readonly place?: string;
  /** Currency of the account, if it is not the plan's USD. */
  readonly currency?: string;
  /** Lines of all bills: label and amount as shown. */
  readonly bill: readonly (readonly [label: string, amount: string])[];
  /** What is posted to other accounts: account, label, amount at the plan's scale. */
  readonly elsewhere?: readonly (readonly [account: string, label: string, amount: string])[];
  /** Labels of monitors that flag. */
  readonly flags?: readonly string[];
}
