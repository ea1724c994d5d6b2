/** Sign-ins of staff, for administrators: who there is, make one, give a new password, disable and enable. */
import type { Page, Role, StaffSignIn, StaffUserView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { ActionForm, typed } from '../parts/action-form.tsx';
import { Answered } from '../parts/answered.tsx';
import { useDocumentTitle } from '../parts/document-title.ts';
import { Panel } from '../parts/panel.tsx';
import { SureForm } from '../parts/sure-form.tsx';
import { useAnswer } from '../parts/use-answer.ts';
import { useApi } from '../session/session.tsx';

const text = en.staff;
const roles: readonly Role[] = ['csr', 'designer', 'operator', 'admin'];
/** Of the daemon (http/passwords.ts). */
const passwordCharactersMin = 8;

/** `login` is who looks: their own password is changed on a page of its own. */
export function StaffPage({ login }: { readonly login: string }) {
  useDocumentTitle(text.title);
  const answer = useAnswer<Page<StaffUserView>>('/api/users?limit=200');
  return (
    <>
      <header className="page-head">
        <h1>{text.title}</h1>
        <p className="muted">{text.lead}</p>
      </header>
      <div className="manage-side">
        <Panel title={text.list}>
          <Answered answer={answer} rows={3}>
            {({ items }) => (
              <ul className="identities">
                {items.map((user) => (
                  <User key={user.login} user={user} isOwn={user.login === login} onChange={answer.again} />
                ))}
              </ul>
            )}
          </Answered>
        </Panel>
        <NewUserPanel onChange={answer.again} />
      </div>
    </>
  );
}

interface UserProps {
  readonly user: StaffUserView;
  readonly isOwn: boolean;
  readonly onChange: () => void;
}

function User({ user: { login, role, disabled }, isOwn, onChange }: UserProps) {
  const api = useApi();
  const path = `/api/users/${encodeURIComponent(login)}`;
  const change = async () => {
    await api.patch(path, { disabled: !disabled });
    onChange();
    return text.changed(login, !disabled);
  };
  const reset = async () => {
    const answer = await api.post<StaffSignIn>(`${path}/password`, {});
    return <Password {...answer!} />;
  };
  return (
    <li className="identity">
      <span>
        <strong>{login}</strong> <span className="muted">{en.roles[role]}</span>{' '}
        {isOwn && <span className="badge">{text.you}</span>}
        {disabled && <span className="badge">{text.disabled}</span>}
      </span>
      {!isOwn && (
        <>
          <SureForm
            quiet
            ask={text.reset}
            label={text.resetOf(login)}
            question={text.resetQuestion(login)}
            yes={text.resetSure}
            onYes={reset}
          />
          <SureForm
            quiet
            ask={disabled ? text.enable : text.disable}
            label={disabled ? text.enableOf(login) : text.disableOf(login)}
            question={disabled ? text.enableQuestion(login) : text.disableQuestion(login)}
            yes={disabled ? text.enable : text.disableSure}
            onYes={change}
          />
        </>
      )}
    </li>
  );
}

function NewUserPanel({ onChange }: { readonly onChange: () => void }) {
  const api = useApi();
  const make = async (form: FormData) => {
    // Not trimmed: whoever signs in types it as it was typed here.
    const password = String(form.get('password') ?? '');
    const body = { login: typed(form, 'login'), role: typed(form, 'role'), ...(password === '' ? {} : { password }) };
    const made = await api.post<StaffSignIn>('/api/users', body);
    onChange();
    return <Password {...made!} />;
  };
  return (
    <Panel title={text.new}>
      <ActionForm submit={text.make} label={text.new} onSubmit={make}>
        <label className="field">
          <span>{text.login}</span>
          <input name="login" required maxLength={64} autoComplete="off" autoCapitalize="none" spellCheck={false} />
        </label>
        <label className="field">
          <span>{text.role}</span>
          <select name="role" required defaultValue="csr">
            {roles.map((role) => (
              <option key={role} value={role}>
                {en.roles[role]}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>{text.password(passwordCharactersMin)}</span>
          <input
            name="password"
            type="password"
            minLength={passwordCharactersMin}
            maxLength={256}
            autoComplete="new-password"
          />
        </label>
      </ActionForm>
    </Panel>
  );
}

/** A password of the daemon's making, or that there is a sign-in now. */
function Password({ login, password }: StaffSignIn) {
  if (password === null) return text.made(login);
  return (
    <>
      {text.newPassword(login)} <code>{password}</code>
    </>
  );
}
