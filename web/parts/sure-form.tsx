/** What can't be taken back is asked twice, in place: no dialog that a keyboard has to find. */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { ActionForm } from './action-form.tsx';

export interface SureProps {
  readonly question: string;
  readonly yes: string;
  readonly onYes: () => Promise<ReactNode>;
  readonly onNo: () => void;
}

/** The question has the focus, so that it is heard, and so that the key that asked can't answer. */
export function Sure({ question, yes, onYes, onNo }: SureProps) {
  const asked = useRef<HTMLParagraphElement>(null);
  useEffect(() => asked.current?.focus(), []);
  return (
    <div className="sure">
      <p ref={asked} tabIndex={-1}>
        {question}
      </p>
      <ActionForm submit={yes} label={question} onSubmit={onYes} onCancel={onNo} />
    </div>
  );
}

export interface SureFormProps extends Omit<SureProps, 'onNo'> {
  readonly ask: string;
  /** Of the button, where what it says is not enough without its place. */
  readonly label?: string;
  readonly quiet?: boolean;
}

/** A button that asks first, and then says what was done. */
export function SureForm({ ask, label, quiet = false, onYes, ...sure }: SureFormProps) {
  const [asked, setAsked] = useState(false);
  const [done, setDone] = useState<ReactNode>(null);
  const button = useRef<HTMLButtonElement>(null);
  const wasAsked = useRef(false);
  useEffect(() => {
    if (wasAsked.current && !asked) button.current?.focus();
    wasAsked.current = asked;
  }, [asked]);
  const act = async () => {
    setDone(await onYes());
    setAsked(false);
    return null;
  };
  return (
    <div className={asked ? 'sure-form sure-form-asked' : 'sure-form'}>
      {asked ? (
        <Sure {...sure} onYes={act} onNo={() => setAsked(false)} />
      ) : (
        <button
          ref={button}
          type="button"
          className={quiet ? 'button button-quiet' : 'button'}
          aria-label={label}
          onClick={() => setAsked(true)}
        >
          {ask}
        </button>
      )}
      <div role="status">{done !== null && <p className="done">{done}</p>}</div>
    </div>
  );
}
