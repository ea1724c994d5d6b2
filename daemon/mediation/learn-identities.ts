/** After a start, the guide learns the identities and accounts that the store knows, in pages: there may be a million. */
import type { StoreReader } from '../store/store.ts';
import type { Guide } from './guide.ts';

const identitiesPageSize = 5_000;
const accountsPageSize = 1_000;

export async function learnIdentities(
  guide: Guide,
  reader: Pick<StoreReader, 'accounts' | 'identitiesAfter'>,
): Promise<void> {
  for (let afterId = 0; ; ) {
    const { holdings, lastId } = await reader.identitiesAfter(afterId, identitiesPageSize);
    if (holdings.length === 0) break;
    guide.learnAll(holdings);
    afterId = lastId;
  }
  for (let afterNo = 0; ; ) {
    const accounts = await reader.accounts(afterNo, accountsPageSize);
    if (accounts.length === 0) return;
    for (const { id, no } of accounts) guide.learnAccount(id, no);
    afterNo = accounts.at(-1)!.no;
  }
}
