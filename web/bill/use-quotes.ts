/** Prices of uses as of now, kept fresh by the bill's number. */
import { useCallback } from 'react';
import type { QuoteAnswer } from '../../daemon/contract.ts';
import type { Api } from '../api.ts';
import { useRefreshed } from '../parts/use-refreshed.ts';
import { useApi } from '../session/session.tsx';

export const quotesEveryMs = 10_000;

export interface WantedUse {
  readonly meter: string;
  readonly quantity: string;
  readonly unit?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export async function askQuotes(
  api: Api,
  account: string,
  uses: readonly WantedUse[],
): Promise<readonly QuoteAnswer[]> {
  const path = `/api/accounts/${encodeURIComponent(account)}/quote`;
  const answer = await api.post<{ readonly quotes: readonly QuoteAnswer[] }>(path, { uses });
  return answer?.quotes ?? [];
}

export interface QuotesOptions {
  readonly seq: number;
  readonly basis: string;
}

/** `uses` must not change during the life of a component. */
export function useQuotes(account: string, uses: readonly WantedUse[], { seq, basis }: QuotesOptions) {
  const api = useApi();
  const ask = useCallback(() => askQuotes(api, account, uses), [api, account, uses]);
  return useRefreshed(ask, { everyMs: quotesEveryMs, news: seq, basis });
}
