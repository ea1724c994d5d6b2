/** Changing the own password. */
import { en } from '../messages.en.ts';
import { ActionForm } from '../parts/action-form.tsx';
import { useDocumentTitle } from '../parts/document-title.ts';
import { useApi } from './session.tsx';

const text = en.password;
const charactersMin = 8;

export function PasswordPage({ login }: { readonly login: string }) {
  useDocumentTitle(text.title);
  const api = useApi();
  const change = async (form: FormData) => {
    await api.put('/api/session/password', {
      currentPassword: String(form.get('currentPassword') ?? ''),
      newPassword: String(form.get('newPassword') ?? ''),
    });
    return text.done;
  };
  return (
    <div className="panel narrow-card">
      <h1>{text.title}</h1>
      <p className="muted">{text.lead}</p>
      <ActionForm submit={text.submit} label={text.title} onSubmit={change}>
        <input type="hidden" name="username" autoComplete="username" value={login} readOnly />
        <label className="field">
          <span>{text.current}</span>
          <input name="currentPassword" type="password" autoComplete="current-password" required maxLength={256} />
        </label>
        <label className="field">
          <span>{text.next(charactersMin)}</span>
          <input
            name="newPassword"
            type="password"
            autoComplete="new-password"
            required
            minLength={charactersMin}
            maxLength={256}
          />
        </label>
      </ActionForm>
    </div>
  );
}
