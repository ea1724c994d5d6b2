/** Attributes of use, which come from outside in any number: those that decide anything. */

import type { AccountTerms } from './terms.ts';

type Attributes = Readonly<Record<string, string>>;

const NONE: Attributes = {};
const known = new WeakMap<AccountTerms, readonly string[]>();

/** Of the attributes of a piece of use, those that some plan of the account reads: with them it is rated as with all. */
export function attributesRead(terms: AccountTerms, attributes: Attributes): Attributes {
  let names = known.get(terms);
  if (!names) {
    names = [...new Set(terms.segments.flatMap(({ rater }) => rater.layout.attributes))];
    known.set(terms, names);
  }
  if (names.length === 0) return NONE;
  const read = names.flatMap((name) => (Object.hasOwn(attributes, name) ? [[name, attributes[name]!] as const] : []));
  return Object.fromEntries(read);
}
