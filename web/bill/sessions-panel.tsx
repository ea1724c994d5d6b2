/** What is connected right now, and what it may have cost since its last report. */
import { useState } from 'react';
import type { BillView, OpenSessionView } from '../../daemon/contract.ts';
import { useNow } from '../clock.ts';
import { currentEstimate } from '../freshness.ts';
import type { LiveState } from '../live.ts';
import { en } from '../messages.en.ts';
import { Moment } from '../parts/moment.tsx';
import { Empty, Panel } from '../parts/panel.tsx';
import { formatReading } from '../quantity.ts';
import { EstimateLine } from './total-panel.tsx';

const text = en.bill;
const sessionsFirst = 5;

export function SessionsPanel({ state, bill }: { readonly state: LiveState; readonly bill: BillView }) {
  const sessions = currentEstimate(state, useNow())?.sessions ?? bill.sessions;
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? sessions : sessions.slice(0, sessionsFirst);
  const more = bill.sessionCount - bill.sessions.length;
  return (
    <Panel title={text.sessions}>
      {sessions.length === 0 ? (
        <Empty>{text.sessionsEmpty}</Empty>
      ) : (
        <>
          <ul className="sessions">
            {shown.map((session) => (
              <OpenSession key={`${session.device} ${session.id}`} session={session} zone={bill.timezone} />
            ))}
          </ul>
          {shown.length < sessions.length && (
            <button type="button" className="button rows-more" onClick={() => setWhole(true)}>
              {text.sessionsAll(sessions.length)}
            </button>
          )}
          {isWhole && more > 0 && <p className="muted">{text.sessionsMore(more)}</p>}
          <EstimateLine state={state} bill={bill} />
        </>
      )}
    </Panel>
  );
}

function OpenSession({ session, zone }: { readonly session: OpenSessionView; readonly zone: string }) {
  return (
    <li>
      <p className="session-head">
        <span className="session-device">{session.device}</span>
        <span className="muted">
          {text.sessionSinceBefore} <Moment at={session.startedAt} zone={zone} day />
        </span>
      </p>
      <dl className="readings">
        <Measured meter="time" value={session.seconds} />
        <Measured meter="octets-in" value={session.octetsIn} />
        <Measured meter="octets-out" value={session.octetsOut} />
      </dl>
    </li>
  );
}

export function Measured({ meter, value }: { readonly meter: string; readonly value: string }) {
  const { text: shown, exact } = formatReading(meter, value);
  return (
    <div>
      <dt>{en.meters[meter] ?? meter}</dt>
      <dd className="figure" title={exact}>
        {shown}
      </dd>
    </div>
  );
}
