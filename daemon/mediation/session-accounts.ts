/** Whose each of the latest sessions is: a bounded number of them, the one that became known first forgotten first. */
import { NumberColumn, none } from './columns.ts';
import type { TextNumbers } from './text-numbers.ts';

export class SessionAccounts {
  readonly #numbers: TextNumbers;
  /** Numbers of sessions in the order in which they became known, from `#oldest` on, round and round. */
  readonly #order: Int32Array;
  #oldest = 0;
  #count = 0;
  /** By number of the session. */
  readonly #accounts = new NumberColumn();

  constructor(numbers: TextNumbers, sessionsMax: number) {
    this.#numbers = numbers;
    this.#order = new Int32Array(sessionsMax);
  }

  /** Undefined where it is not known. */
  get(key: string): number | undefined {
    const session = this.#numbers.find(key);
    const account = session === none ? none : this.#accounts.get(session);
    return account === none ? undefined : account;
  }

  /** A session that is known keeps its place in the order. */
  set(key: string, account: number): void {
    const known = this.#numbers.find(key);
    if (known !== none && this.#accounts.get(known) !== none) {
      this.#accounts.set(known, account);
      return;
    }
    if (this.#count === this.#order.length) this.#forgetOldest();
    const session = this.#numbers.hold(key);
    this.#accounts.set(session, account);
    this.#order[(this.#oldest + this.#count++) % this.#order.length] = session;
  }

  #forgetOldest(): void {
    const session = this.#order[this.#oldest]!;
    this.#oldest = (this.#oldest + 1) % this.#order.length;
    this.#count--;
    this.#accounts.set(session, none);
    this.#numbers.letGo(session);
  }
}
