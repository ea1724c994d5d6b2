/** A conservation law as rows that can be added up by eye; a difference is said in words, with its number. */
import type { ReactNode } from 'react';
import { en } from '../messages.en.ts';
import { Empty, Panel } from '../parts/panel.tsx';
import { Sign } from '../parts/sign.tsx';
import { formatCount } from '../quantity.ts';
import type { Law, Term } from './law.ts';

export interface LawPanelProps {
  readonly title: string;
  /** The law in words, under the title. */
  readonly law: string;
  readonly note: ReactNode;
  readonly rows: readonly Law[];
  readonly empty: string;
}

export function LawPanel({ title, law, note, rows, empty }: LawPanelProps) {
  return (
    <Panel title={title} note={note}>
      <p className="law-words muted">{law}</p>
      {rows.length === 0 ? <Empty>{empty}</Empty> : rows.map((row) => <LawRow key={row.name} law={row} />)}
    </Panel>
  );
}

function LawRow({ law }: { readonly law: Law }) {
  const holds = law.difference === 0;
  return (
    <div className={holds ? 'law' : 'law law-broken'}>
      {law.name !== '' && <h3 className="law-name">{law.name}</h3>}
      <dl className="law-terms">
        <TermShown term={law.whole} sign="" />
        {law.terms.map((term, index) => (
          <TermShown key={term.name} term={term} sign={index === 0 ? '=' : '+'} />
        ))}
      </dl>
      <Difference amount={formatCount(law.difference)} holds={holds} />
    </div>
  );
}

function TermShown({ term, sign }: { readonly term: Term; readonly sign: string }) {
  return (
    <div className={term.count === 0 ? 'term term-zero' : 'term'}>
      <dt>{term.name}</dt>
      <dd className="figure">
        {sign !== '' && (
          <span className="term-sign" aria-hidden="true">
            {sign}
          </span>
        )}
        {formatCount(term.count)}
      </dd>
    </div>
  );
}

export function Difference({ amount, holds }: { readonly amount: string; readonly holds: boolean }) {
  return (
    <p className={`state difference ${holds ? 'state-ok' : 'state-critical'}`}>
      <Sign level={holds ? 'ok' : 'critical'} />
      <span>
        {en.health.terms.difference} <strong className="figure">{amount}</strong>:{' '}
        {holds ? en.health.holds : en.health.broken}
      </span>
    </p>
  );
}
