/** Sessions that go on, by device, for Accounting-On and -Off: chained through columns, in no order that matters. */
import { NumberColumn, none } from './columns.ts';

export class GoingOn {
  /** By number of the device. */
  readonly #first = new NumberColumn();
  /** By number of the session: others of its device. The first has itself before it; none is before what goes on no more. */
  readonly #next = new NumberColumn();
  readonly #before = new NumberColumn();

  /** Does nothing where it goes on already. */
  add(session: number, device: number): void {
    if (this.#before.get(session) !== none) return;
    const next = this.#first.get(device);
    this.#next.set(session, next);
    this.#before.set(session, session);
    if (next !== none) this.#before.set(next, session);
    this.#first.set(device, session);
  }

  /** Does nothing where it goes on no more. */
  delete(session: number, device: number): void {
    const before = this.#before.get(session);
    if (before === none) return;
    const next = this.#next.get(session);
    const isFirst = before === session;
    if (isFirst) this.#first.set(device, next);
    else this.#next.set(before, next);
    if (next !== none) this.#before.set(next, isFirst ? next : before);
    this.#before.set(session, none);
  }

  /** A list of its own: sessions may end while it is read. */
  of(device: number): number[] {
    const sessions: number[] = [];
    for (let one = this.#first.get(device); one !== none; one = this.#next.get(one)) sessions.push(one);
    return sessions;
  }
}
