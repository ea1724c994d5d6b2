/** Raw use beside charges: what was measured and what it was charged, two lists whose rows point at each other. */
import { useEffect, useMemo, useRef, useState } from 'react';
import type { BillView, ChargeView, RawUsageView } from '../../daemon/contract.ts';
import { sumOf } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { type FetchedList, usePagedList } from '../parts/use-paged-list.ts';
import { ChargesList } from './charges-list.tsx';
import { FollowedLine } from './followed-line.tsx';
import { ListPanel } from './list-panel.tsx';
import type { ShownLine } from './shown-lines.ts';
import { UsageRow } from './usage-row.tsx';

const text = en.raw;
const usageRows = 8;
const keyOf = (usage: RawUsageView): string => usage.id;

export interface UseAndChargesProps {
  readonly bill: BillView;
  readonly charges: FetchedList<ChargeView>;
  /** The line whose charges alone are wanted. */
  readonly followed: ShownLine | null;
  readonly onUnfollow: () => void;
  /** Staff may correct charges. */
  readonly correcting: boolean;
}

export function UseAndCharges({ bill, charges, followed, onUnfollow, correcting }: UseAndChargesProps) {
  const path = `/api/accounts/${encodeURIComponent(bill.account)}/usage`;
  const usage = usePagedList<RawUsageView>(path, { keyOf, news: bill.seq });
  const [chosen, setChosen] = useState<string | null>(null);
  const charged = useMemo(() => chargedByUsage(charges.items), [charges.items]);
  const choose = (id: string) => setChosen((before) => (before === id ? null : id));
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (followed !== null) head.current?.focus();
  }, [followed]);
  return (
    <section className="raw" aria-labelledby="raw-title">
      <header className="raw-head">
        <h2 id="raw-title" ref={head} tabIndex={-1}>
          {text.title}
        </h2>
        <p className="muted">{text.lead}</p>
        {followed !== null && <FollowedLine line={followed} onUnfollow={onUnfollow} />}
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
        <ChargesList
          title={text.charges}
          bill={bill}
          charges={charges}
          followed={followed}
          correcting={correcting}
          chosen={chosen}
          onChoose={choose}
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
