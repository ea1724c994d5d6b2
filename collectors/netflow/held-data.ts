/**
 * Data that came before its template, or before its sampling rate was told: copied octets that wait, bounded per stream,
 * in all and in age. What is dropped is counted by who asks.
 */
import type { MessageTimes } from './flow-times.ts';
import type { Template } from './template.ts';

export interface HeldPiece {
  readonly templateId: number;
  /** Where it waits for a sampling rate: the template it is of, which may be redefined meanwhile. */
  readonly template: Template | null;
  /** Records, without the set's header. */
  readonly octets: Uint8Array;
  readonly times: Readonly<MessageTimes>;
}

/** What all streams share. */
export interface HeldBudget {
  octets: number;
  readonly octetsMax: number;
  readonly octetsMaxPerStream: number;
  readonly holdMs: number;
}

/** A piece costs about this beside its octets, so that tiny ones are bounded too. */
const pieceOverheadOctets = 256;

export class HeldData {
  readonly #budget: HeldBudget;
  #pieces: HeldPiece[] = [];
  #octets = 0;
  /** Pieces by the template they wait for: announcing thousands must not look through all pieces for each. */
  readonly #waiting = new Map<number, number>();
  #unsampled = 0;

  constructor(budget: HeldBudget) {
    this.#budget = budget;
  }

  get count(): number {
    return this.#pieces.length;
  }

  /** Copies a piece in; false where there is no room. */
  hold(piece: HeldPiece): boolean {
    const cost = piece.octets.length + pieceOverheadOctets;
    const { octets, octetsMax, octetsMaxPerStream } = this.#budget;
    if (octets + cost > octetsMax || this.#octets + cost > octetsMaxPerStream) return false;
    this.#octets += cost;
    this.#budget.octets += cost;
    this.#count(piece, 1);
    this.#pieces.push({ ...piece, octets: piece.octets.slice(), times: { ...piece.times } });
    return true;
  }

  /** Takes out, in order of arrival, those that wait for this template. */
  takeOf(templateId: number): HeldPiece[] {
    if (!this.#waiting.has(templateId)) return [];
    return this.#take((piece) => piece.template === null && piece.templateId === templateId);
  }

  /** Takes out those that wait for a sampling rate. */
  takeUnsampled(): HeldPiece[] {
    if (this.#unsampled === 0) return [];
    return this.#take((piece) => piece.template !== null);
  }

  /** Drops what has waited too long; answers how many pieces. */
  expire(nowMs: number): number {
    const first = this.#pieces[0];
    if (first === undefined || nowMs - first.times.receivedAtMs <= this.#budget.holdMs) return 0;
    return this.#take((piece) => nowMs - piece.times.receivedAtMs > this.#budget.holdMs).length;
  }

  #count({ template, templateId }: HeldPiece, change: 1 | -1): void {
    if (template !== null) {
      this.#unsampled += change;
      return;
    }
    const count = (this.#waiting.get(templateId) ?? 0) + change;
    if (count === 0) this.#waiting.delete(templateId);
    else this.#waiting.set(templateId, count);
  }

  #take(wanted: (piece: HeldPiece) => boolean): HeldPiece[] {
    if (this.#pieces.length === 0) return [];
    const taken: HeldPiece[] = [];
    const kept: HeldPiece[] = [];
    for (const piece of this.#pieces) {
      if (!wanted(piece)) {
        kept.push(piece);
        continue;
      }
      taken.push(piece);
      this.#count(piece, -1);
      const cost = piece.octets.length + pieceOverheadOctets;
      this.#octets -= cost;
      this.#budget.octets -= cost;
    }
    this.#pieces = kept;
    return taken;
  }
}
