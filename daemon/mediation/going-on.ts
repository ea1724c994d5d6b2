/** Sessions that go on, by device, for Accounting-On and -Off: chained through columns, in no order that matters. */
import { columnsFirst, longEnough } from './columns.ts';
import { none } from './text-numbers.ts';

/** In place of the session before: it does not go on. */
const goesOnNot = -2;

export class GoingOn {
  /** By number of the device. */
  #first = new Int32Array(columnsFirst).fill(none);
  /** By number of the session: others of its device. */
  #next = new Int32Array(columnsFirst);
  #before = new Int32Array(columnsFirst).fill(goesOnNot);

  /** Does nothing where it goes on already. */
  add(session: number, device: number): void {
    this.#first = longEnough(this.#first, device, none);
    this.#next = longEnough(this.#next, session, none);
    this.#before = longEnough(this.#before, session, goesOnNot);
    if (this.#before[session] !== goesOnNot) return;
    const next = this.#first[device]!;
    this.#next[session] = next;
    this.#before[session] = none;
    if (next !== none) this.#before[next] = session;
    this.#first[device] = session;
  }

  /** Does nothing where it goes on no more. */
  delete(session: number, device: number): void {
    const before = this.#before[session] ?? goesOnNot;
    if (before === goesOnNot) return;
    const next = this.#next[session]!;
    if (before === none) this.#first[device] = next;
    else this.#next[before] = next;
    if (next !== none) this.#before[next] = before;
    this.#before[session] = goesOnNot;
  }

  /** A list of its own: sessions may end while it is read. */
  of(device: number): number[] {
    const sessions: number[] = [];
    for (let one = this.#first[device] ?? none; one !== none; one = this.#next[one]!) sessions.push(one);
    return sessions;
  }
}
