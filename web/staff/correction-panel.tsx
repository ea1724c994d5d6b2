/** Corrects a charge with a reason: what was too much or too little becomes a charge of its own. */
import { useRef } from 'react';
import type { ChargeView, CorrectionView, Page } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { formatDayTime } from '../moment.ts';
import { formatMoney } from '../money.ts';
import { ActionForm, typed } from '../parts/action-form.tsx';
import { Empty, Failure, Panel, Skeleton } from '../parts/panel.tsx';
import { useAnswer } from '../parts/use-answer.ts';
import { useApi } from '../session/session.tsx';
import type { AccountPanelProps } from './account-panel.ts';

const text = en.manage;

export interface CorrectionPanelProps extends AccountPanelProps {
  /** Number of the charge to begin with, '' for none. */
  readonly charge: string;
}

export function CorrectionPanel({ account, path, charge, onChange }: CorrectionPanelProps) {
  const api = useApi();
  const { value, problem, again } = useAnswer<Page<ChargeView>>(`${path}/charges?limit=100`);
  /** The same correction is asked for again until it is answered, so that a lost answer posts nothing twice. */
  const key = useRef(crypto.randomUUID());
  const correct = async (form: FormData) => {
    const rightAmount = typed(form, 'rightAmount').replace(',', '.');
    const answer = await api.post<CorrectionView>(`${path}/corrections`, {
      charge: Number(typed(form, 'charge')),
      key: key.current,
      reason: typed(form, 'reason'),
      ...(rightAmount === '' ? {} : { rightAmount }),
    });
    key.current = crypto.randomUUID();
    onChange();
    again();
    return text.corrected(formatMoney(answer?.amount ?? '', account.currency, { signed: true }));
  };
  const charges = (value?.items ?? []).filter(({ kind }) => kind !== 'correction' && kind !== 'rounding');
  const isListed = charges.some(({ seq }) => String(seq) === charge);
  return (
    <Panel title={text.correction}>
      {problem !== null && value === null ? (
        <Failure problem={problem} onRetry={again} />
      ) : value === null ? (
        <Skeleton rows={4} />
      ) : charges.length === 0 && charge === '' ? (
        <Empty>{text.noCharges}</Empty>
      ) : (
        <ActionForm submit={text.correct} label={text.correction} onSubmit={correct}>
          <label className="field">
            <span>{text.charge}</span>
            <select name="charge" required defaultValue={charge === '' ? undefined : charge}>
              {charge !== '' && !isListed && <option value={charge}>{text.chargeNumber(charge)}</option>}
              {charges.map((one) => (
                <option key={one.seq} value={one.seq}>
                  {[
                    text.chargeNumber(String(one.seq)),
                    formatDayTime(Date.parse(one.at), account.timezone),
                    one.label,
                    formatMoney(one.amount, account.currency),
                  ].join(' · ')}
                </option>
              ))}
            </select>
          </label>
          <label className="field">
            <span>{text.reason}</span>
            <input name="reason" required maxLength={100} />
          </label>
          <label className="field">
            <span>{text.rightAmount}</span>
            <input
              name="rightAmount"
              inputMode="decimal"
              pattern="\d{1,12}([.,]\d{1,12})?"
              title={text.amountHint}
              placeholder="0"
            />
          </label>
        </ActionForm>
      )}
    </Panel>
  );
}
