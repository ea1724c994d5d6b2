/** Corrects a charge with a reason: what was too much or too little becomes a charge of its own. */
import type { ChargeView, CorrectionView, Page } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { formatDayTime } from '../moment.ts';
import { formatMoney } from '../money.ts';
import { ActionForm, typed, typedAmount } from '../parts/action-form.tsx';
import { Answered } from '../parts/answered.tsx';
import { Empty, Panel } from '../parts/panel.tsx';
import { useAnswer } from '../parts/use-answer.ts';
import { useKey } from '../parts/use-key.ts';
import { useApi } from '../session/session.tsx';
import type { AccountPanelProps } from './account-panel.ts';

const text = en.manage;

export interface CorrectionPanelProps extends AccountPanelProps {
  /** Number of the charge to begin with, '' for none. */
  readonly charge: string;
}

export function CorrectionPanel({ account, path, charge, onChange }: CorrectionPanelProps) {
  const api = useApi();
  const answer = useAnswer<Page<ChargeView>>(`${path}/charges?limit=100`);
  const withKey = useKey();
  const correct = async (form: FormData) => {
    const rightAmount = typedAmount(form, 'rightAmount', account.currency);
    const body = {
      charge: Number(typed(form, 'charge')),
      reason: typed(form, 'reason'),
      ...(rightAmount === '' ? {} : { rightAmount }),
    };
    const posted = await withKey((key) => api.post<CorrectionView>(`${path}/corrections`, { ...body, key }));
    onChange();
    answer.again();
    return text.corrected(formatMoney(posted?.amount ?? '', account.currency, { signed: true }));
  };
  return (
    <Panel title={text.correction}>
      <Answered answer={answer} rows={4}>
        {({ items }) => {
          const charges = items.filter(({ kind }) => kind !== 'correction' && kind !== 'rounding');
          if (charges.length === 0 && charge === '') return <Empty>{text.noCharges}</Empty>;
          return (
            <ActionForm submit={text.correct} label={text.correction} onSubmit={correct}>
              <ChargeChoice charges={charges} chosen={charge} account={account} />
              <label className="field">
                <span>{text.reason}</span>
                <input name="reason" required maxLength={100} />
              </label>
              <label className="field">
                <span>{text.rightAmount}</span>
                <input
                  name="rightAmount"
                  inputMode="decimal"
                  maxLength={32}
                  placeholder={formatMoney('0', account.currency)}
                />
              </label>
            </ActionForm>
          );
        }}
      </Answered>
    </Panel>
  );
}

interface ChargeChoiceProps extends Pick<AccountPanelProps, 'account'> {
  readonly charges: readonly ChargeView[];
  readonly chosen: string;
}

/** None is chosen beforehand but the one that was come for. */
function ChargeChoice({ charges, chosen, account }: ChargeChoiceProps) {
  const isListed = charges.some(({ seq }) => String(seq) === chosen);
  return (
    <label className="field">
      <span>{text.charge}</span>
      <select name="charge" required defaultValue={chosen}>
        <option value="" disabled>
          {text.chooseCharge}
        </option>
        {chosen !== '' && !isListed && <option value={chosen}>{text.chargeNumber(chosen)}</option>}
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
  );
}
