/** The account page's forms of one change each: another plan, a payment, a new password. */
import type { Page, ResetPassword } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { formatDate, localDateOf } from '../moment.ts';
import { formatMoney } from '../money.ts';
import { ActionForm, typed, typedAmount } from '../parts/action-form.tsx';
import { Answered } from '../parts/answered.tsx';
import { Panel } from '../parts/panel.tsx';
import { SureForm } from '../parts/sure-form.tsx';
import { useAnswer } from '../parts/use-answer.ts';
import { useKey } from '../parts/use-key.ts';
import { useApi } from '../session/session.tsx';
import type { AccountPanelProps } from './account-panel.ts';

const text = en.manage;

interface PlanChoice {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
}

/** Only plans in the account's currency can be given; none is chosen beforehand, so that no click gives one by accident. */
export function PlanPanel({ account, path, onChange }: AccountPanelProps) {
  const api = useApi();
  const answer = useAnswer<Page<PlanChoice>>('/api/plans?limit=200');
  const assign = async (form: FormData) => {
    const [plan, from] = [typed(form, 'plan'), typed(form, 'from')];
    await api.patch(path, { plan, ...(from === 'now' ? {} : { planFrom: from }) });
    onChange();
    return from === 'now' ? text.planFromNow(plan) : text.planFromNext(plan);
  };
  return (
    <Panel title={text.plan} note={account.plan ?? en.accounts.noPlan}>
      <ComingPlans account={account} path={path} onChange={onChange} />
      <Answered answer={answer} rows={3}>
        {({ items }) => (
          <ActionForm submit={text.assign} label={text.assign} onSubmit={assign}>
            <label className="field">
              <span>{text.newPlan}</span>
              <select name="plan" required defaultValue="">
                <option value="" disabled>
                  {text.choosePlan}
                </option>
                {items
                  .filter(({ currency }) => currency === account.currency)
                  .map(({ id, name }) => (
                    <option key={id} value={id}>
                      {id === account.plan ? text.presentPlan(name) : name}
                    </option>
                  ))}
              </select>
            </label>
            <fieldset className="choices">
              <legend>{text.from}</legend>
              <label className="check">
                <input type="radio" name="from" value="next-period" defaultChecked /> {text.fromNext}
              </label>
              <label className="check">
                <input type="radio" name="from" value="now" /> {text.fromNow}
              </label>
            </fieldset>
          </ActionForm>
        )}
      </Answered>
    </Panel>
  );
}

/** What is assigned for later, and the way back from it. */
function ComingPlans({ account, path, onChange }: AccountPanelProps) {
  const api = useApi();
  const coming = account.comingPlans ?? [];
  const withdraw = async () => {
    await api.delete(`${path}/coming-plans`);
    onChange();
    return text.withdrawn;
  };
  return (
    <>
      {coming.map(({ plan, from }) => (
        <p key={from}>{text.coming(plan, formatDate(localDateOf(Date.parse(from), account.timezone), true))}</p>
      ))}
      {coming.length > 0 && account.plan !== null && (
        <SureForm
          ask={text.withdraw}
          question={text.withdrawQuestion(account.plan)}
          yes={text.withdrawSure}
          onYes={withdraw}
        />
      )}
    </>
  );
}

export function PaymentPanel({ account, path, onChange }: AccountPanelProps) {
  const api = useApi();
  const withKey = useKey();
  const pay = async (form: FormData) => {
    const [amount, note] = [typedAmount(form, 'amount', account.currency), typed(form, 'note')];
    const body = { amount, ...(note === '' ? {} : { note }) };
    const answer = await withKey((key) => api.post<{ readonly balance: string }>(`${path}/payments`, { ...body, key }));
    onChange();
    return text.paid(formatMoney(answer?.balance ?? '', account.currency));
  };
  return (
    <Panel title={text.payment}>
      <ActionForm submit={text.pay} label={text.payment} onSubmit={pay}>
        <label className="field">
          <span>{text.amountIn(account.currency)}</span>
          <input name="amount" inputMode="decimal" required maxLength={32} />
        </label>
        <label className="field">
          <span>{text.note}</span>
          <input name="note" maxLength={500} />
        </label>
      </ActionForm>
    </Panel>
  );
}

export function PasswordPanel({ path, onChange }: AccountPanelProps) {
  const api = useApi();
  const reset = async () => {
    const answer = await api.post<ResetPassword>(`${path}/password`, {});
    onChange();
    return (
      <>
        {text.newPassword(answer?.login ?? '')} <code>{answer?.password}</code>
      </>
    );
  };
  return (
    <Panel title={text.password}>
      <p className="muted">{text.passwordLead}</p>
      <SureForm ask={text.reset} question={text.resetQuestion} yes={text.resetSure} onYes={reset} />
    </Panel>
  );
}
