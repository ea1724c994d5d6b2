/** Which of the loaded accounts match what was typed: every word, anywhere in name, number, plan or identity. */
import type { AccountView } from '../../daemon/contract.ts';

export function matchingAccounts(accounts: readonly AccountView[], typed: string): readonly AccountView[] {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return accounts;
  return accounts.filter((account) => {
    const text = searchedText(account);
    return words.every((word) => text.includes(word));
  });
}

function searchedText({ id, name, plan, identities }: AccountView): string {
  return [id, name, plan ?? '', ...identities.map((identity) => identity.value)].join('\n').toLowerCase();
}
