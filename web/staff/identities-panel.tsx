/** By what an account is known: add one, end one. */
import { useState } from 'react';
import type { IdentityView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { formatDayTime } from '../moment.ts';
import { ActionForm, typed } from '../parts/action-form.tsx';
import { Empty, Panel } from '../parts/panel.tsx';
import { useApi } from '../session/session.tsx';
import type { AccountPanelProps } from './account-panel.ts';

const text = en.manage;
const kinds: readonly IdentityView['kind'][] = ['login', 'address', 'prefix', 'station', 'local-id'];

export function IdentitiesPanel({ account, path, onChange }: AccountPanelProps) {
  const api = useApi();
  const [kind, setKind] = useState<string>('login');
  const add = async (form: FormData) => {
    const [value, provider] = [typed(form, 'value'), typed(form, 'provider')];
    await api.post(`${path}/identities`, { kind, value, ...(provider === '' ? {} : { provider }) });
    onChange();
    return text.identityAdded(value);
  };
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
      <ActionForm submit={text.addIdentity} label={text.addIdentity} onSubmit={add}>
        <div className="form-row">
          <label className="field">
            <span>{text.kind}</span>
            <select value={kind} onChange={(event) => setKind(event.target.value)}>
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
    </Panel>
  );
}

interface IdentityProps extends Pick<AccountPanelProps, 'path' | 'onChange'> {
  readonly identity: IdentityView;
  readonly zone: string;
}

/** Ending is asked twice, in place: no dialog that a keyboard has to find. */
function Identity({ identity, zone, path, onChange }: IdentityProps) {
  const api = useApi();
  const [sure, setSure] = useState(false);
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
        <strong>{value}</strong>{' '}
        <span className="muted">
          {text.kinds[kind]}
          {provider !== '' && ` · ${provider}`}
          {validFrom !== undefined && ` · ${text.since(formatDayTime(Date.parse(validFrom), zone))}`}
        </span>
      </span>
      {sure ? (
        <ActionForm submit={text.endSure} label={text.endOf(value)} onSubmit={end} />
      ) : (
        <button
          type="button"
          className="button button-quiet"
          aria-label={text.endOf(value)}
          onClick={() => setSure(true)}
        >
          {text.end}
        </button>
      )}
    </li>
  );
}

function keyOf({ kind, value, provider = '' }: IdentityView): string {
  return `${kind} ${provider} ${value}`;
}
