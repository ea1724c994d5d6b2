/** What the rater has made of an account so far, read from the store. */
import { type AccountState, decodeState, newAccountState } from '../../rating/index.ts';
import type { Account, StoreReader } from '../store/store.ts';

export async function stateOf(reader: StoreReader, account: Account): Promise<AccountState> {
  const { state } = await reader.accountProgress(account.no);
  return state === null ? newAccountState() : decodeState(state);
}
