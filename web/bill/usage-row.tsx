/** One measured use: when, by what, its meter readings, and what the loaded charges for it come to. */
import { memo } from 'react';
import type { RawUsageView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { formatTime } from '../moment.ts';
import { formatMoney } from '../money.ts';
import { Moment } from '../parts/moment.tsx';
import { Measured } from './sessions-panel.tsx';

const text = en.raw;

export interface UsageRowProps {
  readonly usage: RawUsageView;
  readonly zone: string;
  readonly currency: string;
  readonly charged: string | null;
  readonly chosen: boolean;
  readonly onChoose: (id: string) => void;
}

export const UsageRow = memo(
  function UsageRow({ usage, zone, currency, charged, chosen, onChoose }: UsageRowProps) {
    const told = Object.values(usage.attributes)
      .filter((value) => value !== '')
      .join(' · ');
    return (
      <li className={chosen ? 'row row-chosen' : 'row'}>
        <button type="button" className="row-button" aria-pressed={chosen} onClick={() => onChoose(usage.id)}>
          <span className="row-head">
            <span className="figure">
              <Moment at={usage.start} zone={zone} day />
              {usage.end !== usage.start && ` – ${formatTime(Date.parse(usage.end), zone)}`}
            </span>
            {charged !== null && <span className="figure">{text.charged(formatMoney(charged, currency))}</span>}
          </span>
          <span className="row-foot">
            {text.device(usage.device)}
            {usage.session !== '' && `, ${text.session(usage.session)}`}
          </span>
          {told !== '' && <span className="row-foot">{told}</span>}
        </button>
        <dl className="readings">
          {Object.entries(usage.readings).map(([meter, value]) => (
            <Measured key={meter} meter={meter} value={value} />
          ))}
        </dl>
      </li>
    );
  },
  (a, b) => a.usage.id === b.usage.id && a.charged === b.charged && a.chosen === b.chosen && a.zone === b.zone,
);
