/**
 * The lines of a watched bill as JSON, byte for byte that of its view: what names a line is written once, its figures
 * when something was posted to it. Making every line's view anew took a third of what a live message costs.
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

export class LinesText {
  #terms: AccountTerms | null = null;
  /** All of the bill, shown or not, in the order of the state. */
  #lines: readonly LineTotal[] = [];
  #written: WrittenLine[] = [];

  /** A JSON list, and the sum of its amounts. */
  of(terms: AccountTerms, lines: readonly LineTotal[]): { readonly text: string; readonly total: string } {
    if (!this.#holdsStill(terms, lines)) {
      this.#terms = terms;
      this.#lines = [...lines];
      this.#written = linesInOrder(terms, lines).map((line) => new WrittenLine(terms, line));
    }
    const digits = minorDigits(terms.currency);
    const total = new AmountSum();
    let text = '';
    for (const written of this.#written) {
      written.bringUpToDate(digits);
      text += text === '' ? written.text : `,${written.text}`;
      total.add(rescaled(written.line.amount, written.line.scale, digits), digits);
    }
    return { text: `[${text}]`, total: total.rounded(digits) };
  }

  /** The same lines are shown, in the same order and under the same names. */
  #holdsStill(terms: AccountTerms, lines: readonly LineTotal[]): boolean {
    if (terms !== this.#terms || lines.length !== this.#lines.length) return false;
    let shown = 0;
    for (let n = 0; n < lines.length; n++) {
      if (lines[n] !== this.#lines[n]) return false;
      if (isShown(lines[n]!)) shown++;
    }
    return shown === this.#written.length && this.#written.every(({ line }) => isShown(line));
  }
}

const exactName = '","exactAmount":"';

class WrittenLine {
  readonly line: LineTotal;
  text = '';
  readonly #unit: string;
  readonly #beforeQuantity: string;
  readonly #beforeAmount: string;
  readonly #afterAmounts: string;
  #writtenAmount: LineTotal['amount'] | null = null;
  #writtenQuantity: LineTotal['quantity'] | null = null;

  constructor(terms: AccountTerms, line: LineTotal) {
    this.line = line;
    const { label, plan, unit, quantity, baseQuantity, amount, exactAmount, ...rest } = billLineView(
      billLine(terms, line),
    );
    this.#unit = unit;
    const quoted = (text: string) => JSON.stringify(text);
    this.#beforeQuantity = ['{"label":', quoted(label), ',"plan":', quoted(plan), ',"quantity":"'].join('');
    this.#beforeAmount = ['","unit":', quoted(unit), ',"amount":"'].join('');
    const more = JSON.stringify(rest).slice(1);
    this.#afterAmounts = more === '}' ? '"}' : `",${more}`;
  }

  bringUpToDate(digits: number): void {
    const { line } = this;
    if (line.amount === this.#writtenAmount && line.quantity === this.#writtenQuantity) return;
    const { quantity, baseQuantity, amount, exactAmount } = lineFigures(line, this.#unit, digits);
    const [start, middle, end] = [this.#beforeQuantity, this.#beforeAmount, this.#afterAmounts];
    // Joined, since a sum of strings would keep all its parts.
    this.text = [start, quantity, '","baseQuantity":"', baseQuantity, middle, amount, exactName, exactAmount, end].join(
      '',
    );
    this.#writtenAmount = line.amount;
    this.#writtenQuantity = line.quantity;
  }
}
