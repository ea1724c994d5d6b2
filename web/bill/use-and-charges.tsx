/** Raw use beside charges: what was measured and what it was charged, two lists whose rows point at each other. */
import { useMemo, useState } from 'react';
import type { BillView, ChargeView, RawUsageView } from '../../daemon/contract.ts';
import { sumOf } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { type FetchedList, usePagedList } from '../parts/use-paged-list.ts';
import { ChargeRow } from './charge-row.tsx';
import { ListPanel } from './list-panel.tsx';
import { UsageRow } from './usage-row.tsx';

const text = en.raw;
/** About the same height on the screen. */
const usageRows = 8;
const chargeRows = 11;
const keyOf = (usage: RawUsageView): string => usage.id;

export interface UseAndChargesProps {
  readonly bill: BillView;
  readonly charges: FetchedList<ChargeView>;
}

export function UseAndCharges({ bill, charges }: UseAndChargesProps) {
  const path = `/api/accounts/${encodeURIComponent(bill.account)}/usage`;
  const usage = usePagedList<RawUsageView>(path, { keyOf, news: bill.seq });
  const [chosen, setChosen] = useState<string | null>(null);
  const charged = useMemo(() => chargedByUsage(charges.items), [charges.items]);
  const choose = (id: string) => setChosen((before) => (before === id ? null : id));
  return (
    <section className="raw" aria-labelledby="raw-title">
      <header className="raw-head">
        <h2 id="raw-title">{text.title}</h2>
        <p className="muted">{text.lead}</p>
      </header>
      <div className="raw-lists">
        <ListPanel
          title={text.usage}
          list={usage}
          empty={text.usageEmpty}
          rows={usageRows}
          isChosen={(item) => item.id === chosen}
          row={(item) => (
            <UsageRow
              key={item.id}
              usage={item}
              zone={bill.timezone}
              currency={bill.currency}
              charged={charged.get(item.id) ?? null}
              chosen={item.id === chosen}
              onChoose={choose}
            />
          )}
        />
        <ListPanel
          title={text.charges}
          list={charges}
          empty={text.chargesEmpty}
          rows={chargeRows}
          isChosen={(item) => item.usage !== null && item.usage === chosen}
          row={(item) => (
            <ChargeRow
              key={item.seq}
              charge={item}
              zone={bill.timezone}
              currency={bill.currency}
              chosen={item.usage !== null && item.usage === chosen}
              onChoose={choose}
            />
          )}
        />
      </div>
    </section>
  );
}

/** Sum of the loaded charges of each usage record. */
function chargedByUsage(charges: readonly ChargeView[]): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const { usage, amount } of charges) {
    if (usage !== null) sums.set(usage, sumOf([sums.get(usage) ?? '0', amount]));
  }
  return sums;
}
