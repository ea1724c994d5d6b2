/** The operators' page: is all well, does everything add up, who is silent. */
import type { HealthView } from '../../daemon/contract.ts';
import { useNow } from '../clock.ts';
import { en } from '../messages.en.ts';
import { formatAge, viewerZone } from '../moment.ts';
import { useDocumentTitle } from '../parts/document-title.ts';
import { Moment } from '../parts/moment.tsx';
import { Failure, Skeleton } from '../parts/panel.tsx';
import { Sign } from '../parts/sign.tsx';
import { useQuery } from '../router.tsx';
import { DevicesPanel } from './devices-panel.tsx';
import { FlowsPanel } from './flows-panel.tsx';
import { collectorLaw, logLaw } from './law.ts';
import { LawPanel } from './law-panel.tsx';
import { MoneyPanel } from './money-panel.tsx';
import { ProcessPanel } from './process-panel.tsx';
import { RefusedPanel } from './refused-panel.tsx';
import { SuspensePanel } from './suspense-panel.tsx';
import { usePolled } from './use-polled.ts';
import { verdictOf } from './verdict.ts';

const text = en.health;
const pollEveryMs = 2_000;

export function HealthPage() {
  const { value, heardAtMs, problem, askNow } = usePolled<HealthView>('/api/health', pollEveryMs);
  const [utc, setUtc] = useQuery('utc');
  const nowMs = useNow();
  const zone = utc === '' ? viewerZone() : 'UTC';
  const heardMs = Math.max(0, nowMs - heardAtMs);
  useDocumentTitle(value === null ? text.title : text.documentTitle(verdictOf(value, heardMs).headline));
  return (
    <>
      <header className="page-head page-head-split">
        <h1>{text.title}</h1>
        <label className="check">
          <input type="checkbox" checked={utc !== ''} onChange={(event) => setUtc(event.target.checked ? '1' : '')} />
          {text.utc}
        </label>
      </header>
      {value !== null ? (
        <HealthBody health={value} heardMs={heardMs} zone={zone} />
      ) : problem !== null ? (
        <div className="panel">
          <Failure problem={problem} onRetry={askNow} />
        </div>
      ) : (
        <div className="panel">
          <Skeleton rows={4} tall />
        </div>
      )}
    </>
  );
}

export interface HealthBodyProps {
  readonly health: HealthView;
  readonly heardMs: number;
  readonly zone: string;
}

export function HealthBody({ health, heardMs, zone }: HealthBodyProps) {
  const verdict = verdictOf(health, heardMs);
  const { oldestWaitingMs } = health.partition;
  return (
    <div className="health" data-stale={verdict.level === 'unknown' ? '' : undefined}>
      <section className={`panel verdict verdict-${verdict.level}`} aria-labelledby="verdict-title">
        <Sign level={verdict.level} />
        <div>
          <h2 id="verdict-title">{verdict.headline}</h2>
          <p className="verdict-sentence" role="status">
            {verdict.sentence}
          </p>
          {verdict.next !== '' && <p className="verdict-next">{verdict.next}</p>}
        </div>
        <p className="muted figure verdict-age">{text.asOf(formatAge(heardMs))}</p>
      </section>
      <LawPanel
        title={text.records}
        law={text.recordsLaw}
        note={
          <>
            {text.sinceBefore} <Moment at={health.startedAtMs} zone={zone} day />
          </>
        }
        rows={health.collectors.map(collectorLaw)}
        empty={text.noCollectors}
      />
      <LawPanel
        title={text.log}
        law={text.logLaw}
        note={
          oldestWaitingMs === null
            ? text.sinceStore
            : `${text.sinceStore}; ${text.oldestWaiting(formatAge(oldestWaitingMs))}`
        }
        rows={[{ ...logLaw(health), name: '' }]}
        empty=""
      />
      <div className="health-columns">
        <MoneyPanel rows={health.money} />
        <RefusedPanel collectors={health.collectors} />
        <SuspensePanel suspense={health.suspense} />
      </div>
      <DevicesPanel health={health} heardMs={heardMs} zone={zone} />
      <FlowsPanel flows={health.flows} asOfMs={health.asOfMs} heardMs={heardMs} zone={zone} />
      <ProcessPanel health={health} />
      <p className="muted">{text.zone(zone)}</p>
    </div>
  );
}
