/** By what an account is known: add one, end one. What another account is known by is taken from it only when that is said. */
import { useState } from 'react';
import type { AccountView, IdentityView, Page } from '../../daemon/contract.ts';
import type { Api } from '../api.ts';
import { en } from '../messages.en.ts';
import { formatDayTime } from '../moment.ts';
import { ActionForm, typed } from '../parts/action-form.tsx';
import { Empty, Panel } from '../parts/panel.tsx';
import { Sure, SureForm } from '../parts/sure-form.tsx';
import { useApi } from '../session/session.tsx';
import { shownText } from '../shown-text.ts';
import type { AccountPanelProps } from './account-panel.ts';

const text = en.manage;
export const kinds: readonly IdentityView['kind'][] = ['login', 'address', 'prefix', 'station', 'local-id'];

export function IdentitiesPanel({ account, path, onChange }: AccountPanelProps) {
  return (
    <Panel title={text.identities}>
      {account.identities.length === 0 ? (
        <Empty>{text.noIdentities}</Empty>
      ) : (
        <ul className="identities">
          {account.identities.map((identity) => (
            <Identity
              key={keyOf(identity)}
              identity={identity}
              zone={account.timezone}
              path={path}
              onChange={onChange}
            />
          ))}
        </ul>
      )}
      <NewIdentity account={account} path={path} onChange={onChange} />
    </Panel>
  );
}

/** What names an identity, as the API takes it. */
export type Wanted = Pick<IdentityView, 'kind' | 'value' | 'provider'>;

/** An identity of another account and who that is: adding it would take it from there. */
interface Held {
  readonly wanted: Wanted;
  readonly holder: AccountView;
}

function NewIdentity({ account, path, onChange }: AccountPanelProps) {
  const api = useApi();
  const [kind, setKind] = useState<IdentityView['kind']>('login');
  const [held, setHeld] = useState<Held | null>(null);
  const [taken, setTaken] = useState('');
  const give = async (wanted: Wanted) => {
    await api.post(`${path}/identities`, wanted);
    onChange();
    return text.identityAdded(shownText(wanted.value));
  };
  const add = async (form: FormData) => {
    setTaken('');
    const provider = typed(form, 'provider');
    const wanted: Wanted = { kind, value: typed(form, 'value'), ...(provider === '' ? {} : { provider }) };
    const holder = await otherHolder(api, account, wanted);
    if (holder === undefined) return give(wanted);
    setHeld({ wanted, holder });
    return null;
  };
  const take = async () => {
    if (held === null) return null;
    setTaken(await give(held.wanted));
    setHeld(null);
    return null;
  };
  if (held !== null) {
    const question = text.heldBy(shownText(held.wanted.value), held.holder.name);
    return <Sure question={question} yes={text.takeOver} onYes={take} onNo={() => setHeld(null)} />;
  }
  return (
    <>
      <ActionForm submit={text.addIdentity} label={text.addIdentity} onSubmit={add}>
        <div className="form-row">
          <label className="field">
            <span>{text.kind}</span>
            <select value={kind} onChange={(event) => setKind(event.target.value as IdentityView['kind'])}>
              {kinds.map((name) => (
                <option key={name} value={name}>
                  {text.kinds[name]}
                </option>
              ))}
            </select>
          </label>
          <label className="field">
            <span>{text.value}</span>
            <input name="value" required maxLength={253} autoCapitalize="none" spellCheck={false} />
          </label>
          {kind === 'local-id' && (
            <label className="field">
              <span>{text.provider}</span>
              <input name="provider" required maxLength={128} />
            </label>
          )}
        </div>
      </ActionForm>
      <div role="status">{taken !== '' && <p className="done">{taken}</p>}</div>
    </>
  );
}

interface IdentityProps extends Pick<AccountPanelProps, 'path' | 'onChange'> {
  readonly identity: IdentityView;
  readonly zone: string;
}

function Identity({ identity, zone, path, onChange }: IdentityProps) {
  const api = useApi();
  const { kind, value, provider = '', validFrom } = identity;
  const end = async () => {
    const query = new URLSearchParams({ kind, value, ...(provider === '' ? {} : { provider }) });
    await api.delete(`${path}/identities?${query}`);
    onChange();
    return null;
  };
  return (
    <li>
      <span>
        <strong>{shownText(value)}</strong>{' '}
        <span className="muted">
          {text.kinds[kind]}
          {provider !== '' && ` · ${provider}`}
          {validFrom !== undefined && ` · ${text.since(formatDayTime(Date.parse(validFrom), zone))}`}
        </span>
      </span>
      <SureForm
        quiet
        ask={text.end}
        label={text.endOf(shownText(value))}
        question={text.endQuestion(shownText(value))}
        yes={text.endSure}
        onYes={end}
      />
    </li>
  );
}

function keyOf({ kind, value, provider = '' }: IdentityView): string {
  return `${kind} ${provider} ${value}`;
}

/** The other account that has it now, if one does. */
export async function otherHolder(api: Api, account: AccountView, wanted: Wanted): Promise<AccountView | undefined> {
  const { items } = await api.get<Page<AccountView>>(`/api/accounts?q=${encodeURIComponent(wanted.value)}`);
  return items.find(({ id, identities }) => id !== account.id && identities.some((one) => isSame(one, wanted)));
}

function isSame(a: Wanted, b: Wanted): boolean {
  const [one, other] = [a, b].map(({ kind, value, provider = '' }) => `${kind} ${provider} ${value.toLowerCase()}`);
  return one === other;
}
