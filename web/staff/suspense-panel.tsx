/** Use that waits for an account, by subject; giving this account the identity, as it was sent, releases it. */
import { useState } from 'react';
import type { AccountView, HealthView, IdentityView, WaitingSubjectView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { Answered } from '../parts/answered.tsx';
import { Empty, Panel } from '../parts/panel.tsx';
import { SureForm } from '../parts/sure-form.tsx';
import { UnlistedRecords } from '../parts/unlisted-records.tsx';
import { useAnswer } from '../parts/use-answer.ts';
import { formatCount } from '../quantity.ts';
import { useApi } from '../session/session.tsx';
import { shownText } from '../shown-text.ts';
import type { AccountPanelProps } from './account-panel.ts';
import { kinds, otherHolder } from './identities-panel.tsx';

const text = en.manage;

const rowsFirst = 5;

/** Asked for again after each change: what was given an account no longer waits. */
export function SuspensePanel({ changes, ...panel }: AccountPanelProps & { readonly changes: number }) {
  const answer = useAnswer<HealthView['suspense']>('/api/suspense', changes);
  const waiting = answer.value?.waiting;
  return (
    <Panel title={text.suspense} note={waiting === undefined ? undefined : text.waiting(formatCount(waiting), waiting)}>
      <Answered answer={answer} rows={3}>
        {(suspense) =>
          suspense.subjects.length === 0 ? (
            <Empty>{en.health.noSuspense}</Empty>
          ) : (
            <Subjects of={suspense} panel={panel} />
          )
        }
      </Answered>
    </Panel>
  );
}

interface SubjectsProps {
  readonly of: HealthView['suspense'];
  readonly panel: AccountPanelProps;
}

/** Those with most records first; the others when asked. */
function Subjects({ of: suspense, panel }: SubjectsProps) {
  const [isWhole, setWhole] = useState(false);
  const sorted = suspense.subjects.toSorted((a, b) => b.count - a.count);
  const shown = isWhole ? sorted : sorted.slice(0, rowsFirst);
  return (
    <>
      <ul className="identities">
        {shown.map(({ count, reason, also, ...subject }) => (
          <li key={`${subject.kind} ${subject.provider} ${subject.value} ${reason}`}>
            <span>
              <strong>{shownText(subject.value)}</strong>{' '}
              <span className="muted">{`${kindOf(subject.kind)} · ${text.suspenseReasons[reason] ?? reason}`}</span>
              {also.map((other) => (
                <span key={`${other.kind} ${other.value}`} className="muted">
                  {` · ${text.alsoNamed(kindOf(other.kind), shownText(other.value), formatCount(other.count))}`}
                </span>
              ))}
            </span>
            <span className="figure">{formatCount(count)}</span>
            {reason !== 'no-session-id' &&
              [subject, ...also].map((one) => <Add key={`${one.kind} ${one.value}`} subject={one} panel={panel} />)}
          </li>
        ))}
      </ul>
      {shown.length < sorted.length && (
        <button type="button" className="button" onClick={() => setWhole(true)}>
          {en.health.allSubjects(sorted.length)}
        </button>
      )}
      {shown.length === sorted.length && <UnlistedRecords of={suspense} />}
    </>
  );
}

interface AddProps {
  readonly subject: Pick<WaitingSubjectView, 'kind' | 'value' | 'provider'>;
  readonly panel: AccountPanelProps;
}

/** Gives the account what waits. What another account has by now stays there. */
function Add({ subject: { kind, value, provider }, panel: { account, path, onChange } }: AddProps) {
  const api = useApi();
  if (!isIdentityKind(kind)) return null;
  const shown = shownText(value);
  const add = async () => {
    const wanted = { kind, value, ...(provider === undefined ? {} : { provider }) };
    const holder: AccountView | undefined = await otherHolder(api, account, wanted);
    if (holder !== undefined) return text.heldElsewhere(shown, holder.name);
    await api.post(`${path}/identities`, wanted);
    onChange();
    return text.identityAdded(shown);
  };
  return (
    <SureForm
      quiet
      ask={text.addIdentity}
      label={text.addWaiting(shown)}
      question={text.addWaitingQuestion(shown)}
      yes={text.addWaitingSure}
      onYes={add}
    />
  );
}

function isIdentityKind(kind: string): kind is IdentityView['kind'] {
  return (kinds as readonly string[]).includes(kind);
}

function kindOf(kind: string): string {
  return (text.kinds as Readonly<Record<string, string>>)[kind] ?? text.suspenseKinds[kind] ?? kind;
}
