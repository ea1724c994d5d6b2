/** Accounts as a partition keeps them, and what is committed and told of them. */
import { type AccountState, type AccountTerms, PackedWriter, type UseFlag, writeState } from '../../rating/index.ts';
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

const writer = new PackedWriter(4_096);

/** What is committed of an account. */
export class EncodedAccount implements AccountProgress {
  readonly #rated: RatedAccount;

  constructor(rated: RatedAccount) {
    this.#rated = rated;
  }

  get account(): number {
    return this.#rated.account.no;
  }

  /** Valid until that of another account is asked for: thousands of them, each its own, would be much to keep. */
  get state(): Uint8Array {
    writer.clear();
    writeState(this.#rated.state, writer);
    return writer.bytes;
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
