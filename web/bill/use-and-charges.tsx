/** Raw use beside charges: what was measured and what it was charged, two lists whose rows point at each other. */
import { useEffect, useMemo, useRef, useState } from 'react';
import type { BillView, ChargeView, RawUsageView } from '../../daemon/contract.ts';
import { sumOf } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { type FetchedList, usePagedList } from '../parts/use-paged-list.ts';
import { managePath } from '../places.ts';
import { ChargeRow } from './charge-row.tsx';
import { isOfLine } from './line-reasons.tsx';
import { ListPanel } from './list-panel.tsx';
import type { ShownLine } from './shown-lines.ts';
import { UsageRow } from './usage-row.tsx';

const text = en.raw;
/** About the same height on the screen. */
const usageRows = 8;
const chargeRows = 11;
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
  const ofLine = useMemo(
    () => (followed === null ? charges : { ...charges, items: charges.items.filter((one) => isOfLine(followed, one)) }),
    [charges, followed],
  );
  return (
    <section className="raw" aria-labelledby="raw-title">
      <header className="raw-head">
        <h2 id="raw-title" ref={head} tabIndex={-1}>
          {text.title}
        </h2>
        <p className="muted">{text.lead}</p>
        {followed !== null && (
          <p className="followed">
            {text.onlyOf(followed.label)}{' '}
            <button type="button" className="button" onClick={onUnfollow}>
              {text.all}
            </button>
          </p>
        )}
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
          list={ofLine}
          empty={text.chargesEmpty}
          rows={chargeRows}
          isChosen={(item) => item.usage !== null && item.usage === chosen}
          row={(item) => (
            <ChargeRow
              key={item.seq}
              charge={item}
              account={bill.account}
              zone={bill.timezone}
              currency={bill.currency}
              chosen={item.usage !== null && item.usage === chosen}
              onChoose={choose}
              correctAt={correcting ? `${managePath(bill.account)}?charge=${item.seq}` : null}
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
