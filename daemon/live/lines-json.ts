/**
 * The lines of a watched bill as JSON, byte for byte that of its view: what names a line is made into text once. Making
 * every line's view anew took a third of what a live message costs.
 */
import {
  type AccountTerms,
  AmountSum,
  billLine,
  isShown,
  type LineTotal,
  lineFigures,
  linesInOrder,
  minorDigits,
  rescaled,
} from '../../rating/index.ts';
import { billLineView } from '../bills/bill-view.ts';
import { type JsonOctets, octetsOf } from './json-octets.ts';

export class LinesJson {
  #terms: AccountTerms | null = null;
  #digits = 0;
  /** All of the bill, shown or not, in the order of the state. */
  #lines: readonly LineTotal[] = [];
  #named: NamedLine[] = [];

  /** Takes the lines as they are now, and tells the sum of their amounts. */
  take(terms: AccountTerms, lines: readonly LineTotal[]): string {
    if (!this.#holdsStill(terms, lines)) {
      this.#terms = terms;
      this.#digits = minorDigits(terms.currency);
      this.#lines = [...lines];
      this.#named = linesInOrder(terms, lines).map((line) => new NamedLine(terms, line));
    }
    const total = new AmountSum();
    for (const { line } of this.#named) total.add(rescaled(line.amount, line.scale, this.#digits), this.#digits);
    return total.rounded(this.#digits);
  }

  /** A list of what was taken. */
  write(json: JsonOctets): void {
    json.write('[');
    for (let n = 0; n < this.#named.length; n++) {
      if (n > 0) json.write(',');
      this.#named[n]!.write(json, this.#digits);
    }
    json.write(']');
  }

  /** The same lines are shown, in the same order and under the same names. */
  #holdsStill(terms: AccountTerms, lines: readonly LineTotal[]): boolean {
    if (terms !== this.#terms || lines.length !== this.#lines.length) return false;
    let shown = 0;
    for (let n = 0; n < lines.length; n++) {
      if (lines[n] !== this.#lines[n]) return false;
      if (isShown(lines[n]!)) shown++;
    }
    return shown === this.#named.length && this.#named.every(({ line }) => isShown(line));
  }
}

const part = { baseQuantity: octetsOf('","baseQuantity":"'), exactAmount: octetsOf('","exactAmount":"') };

class NamedLine {
  readonly line: LineTotal;
  readonly #unit: string;
  readonly #beforeQuantity: string;
  readonly #beforeAmount: string;
  readonly #afterAmounts: string;
  #writtenAmount: LineTotal['amount'] | null = null;
  #writtenQuantity: LineTotal['quantity'] | null = null;
  /** Kept where the figures were the same twice: of a line that changes each time it would be garbage the next. */
  #text: string | null = null;

  constructor(terms: AccountTerms, line: LineTotal) {
    this.line = line;
    const { label, plan, unit, quantity, baseQuantity, amount, exactAmount, ...rest } = billLineView(
      billLine(terms, line),
    );
    this.#unit = unit;
    const quoted = (text: string) => JSON.stringify(text);
    // Joined, since a sum of strings would keep all its parts.
    this.#beforeQuantity = ['{"label":', quoted(label), ',"plan":', quoted(plan), ',"quantity":"'].join('');
    this.#beforeAmount = ['","unit":', quoted(unit), ',"amount":"'].join('');
    const more = JSON.stringify(rest).slice(1);
    this.#afterAmounts = more === '}' ? '"}' : `",${more}`;
  }

  write(json: JsonOctets, digits: number): void {
    const { line } = this;
    const isSame = line.amount === this.#writtenAmount && line.quantity === this.#writtenQuantity;
    if (isSame && this.#text !== null) return json.write(this.#text);
    const start = json.length;
    const { quantity, baseQuantity, amount, exactAmount } = lineFigures(line, this.#unit, digits);
    json.write(this.#beforeQuantity);
    json.write(quantity);
    json.add(part.baseQuantity, baseQuantity);
    json.write(this.#beforeAmount);
    json.write(amount);
    json.add(part.exactAmount, exactAmount);
    json.write(this.#afterAmounts);
    this.#text = isSame ? json.textFrom(start) : null;
    this.#writtenAmount = line.amount;
    this.#writtenQuantity = line.quantity;
  }
}
