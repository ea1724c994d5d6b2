/** How often passwords may be wrong, by login and by the client's network (throttle.ts). */
import { parseAddress } from '../../collectors/index.ts';
import { meterdError } from '../errors.ts';
import { Throttle } from './throttle.ts';

const limits = { failuresMax: 10, windowMs: 5 * 60_000, keysMax: 10_000 } as const;

export class SignInThrottle {
  readonly #byLogin = new Throttle(limits);
  readonly #byAddress = new Throttle(limits);

  /** Counts an attempt. @throws MeterdError `sign-in-throttled` where there is none left */
  take(login: string, address: string): void {
    const network = networkOf(address);
    const isOpen = this.#byAddress.take(network);
    if (isOpen && this.#byLogin.take(login)) return;
    if (isOpen) this.#byAddress.giveBack(network);
    const waitMs = isOpen ? this.#byLogin.waitMs(login) : this.#byAddress.waitMs(network);
    const retryAfterS = Math.max(1, Math.ceil(waitMs / 1_000));
    throw meterdError('sign-in-throttled', `too many sign-ins have failed; wait ${retryAfterS} s`, {
      details: { retryAfterS },
    });
  }

  /** The attempt was no failure. */
  giveBack(login: string, address: string): void {
    this.#byAddress.giveBack(networkOf(address));
    this.#byLogin.giveBack(login);
  }
}

/** A client has a whole /64 of IPv6 to itself, so its addresses count as one. */
function networkOf(address: string): string {
  const parsed = parseAddress(address);
  return parsed?.version === 6 ? `v6/${parsed.value >> 64n}` : address;
}
