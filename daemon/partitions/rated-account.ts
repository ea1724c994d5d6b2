/** Accounts as a partition keeps them, and what is committed and told of them. */
import { type AccountState, type AccountTerms, encodeState, type UseFlag } from '../../rating/index.ts';
import type { Account, AccountProgress } from '../store/store.ts';
import { encodeShares, type Shares } from './shares.ts';

/** An account as the partition keeps it: terms, state, and the ends of its chains of rows. */
export interface RatedAccount {
  readonly account: Account;
  terms: AccountTerms;
  readonly state: AccountState;
  seq: number;
  lastChargeId: number;
  lastUsagePosition: number;
  readonly shares: Shares;
}

/** Use beyond what a plan allows, for whoever watches over the account. */
export interface AccountFlag extends UseFlag {
  /** Its id. */
  readonly account: string;
}

/** What is committed of an account: its state becomes text as it is written, for thousands of texts are much to keep. */
export class EncodedAccount implements AccountProgress {
  readonly #rated: RatedAccount;

  constructor(rated: RatedAccount) {
    this.#rated = rated;
  }

  get account(): number {
    return this.#rated.account.no;
  }

  get state(): string {
    return encodeState(this.#rated.state);
  }

  get seq(): number {
    return this.#rated.seq;
  }

  get lastChargeId(): number {
    return this.#rated.lastChargeId;
  }

  get lastUsagePosition(): number {
    return this.#rated.lastUsagePosition;
  }

  get shares(): string | null {
    return encodeShares(this.#rated.shares);
  }
}
