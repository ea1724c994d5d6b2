/** Flow records: the law in octets, what was lost on the way, and every exporter's own numbers. */
import type { FlowExporterView, FlowHealthView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { formatAge, formatFully } from '../moment.ts';
import { Empty, Panel } from '../parts/panel.tsx';
import { Sign } from '../parts/sign.tsx';
import { formatCount, formatOctets } from '../quantity.ts';
import { Difference } from './law-panel.tsx';

const text = en.health.flows;

export interface FlowsPanelProps {
  readonly flows: FlowHealthView | null;
  readonly asOfMs: number;
  readonly heardMs: number;
  readonly zone: string;
}

export function FlowsPanel({ flows, asOfMs, heardMs, zone }: FlowsPanelProps) {
  if (flows === null) {
    return (
      <Panel title={text.title}>
        <Empty>{text.off}</Empty>
      </Panel>
    );
  }
  return (
    <Panel title={text.title} note={text.note(String(flows.port), formatCount(flows.addresses))}>
      <OctetLaw octets={flows.octets} />
      <dl className="pairs pairs-beside">
        {troubles(flows).map(({ name, value, bad }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className={bad ? 'figure state state-critical' : 'figure'}>{value}</dd>
          </div>
        ))}
      </dl>
      {flows.exporters.length === 0 ? (
        <Empty>{text.noExporters}</Empty>
      ) : (
        <ExporterTable exporters={flows.exporters} asOfMs={asOfMs + heardMs} zone={zone} />
      )}
    </Panel>
  );
}

function OctetLaw({ octets }: { readonly octets: FlowHealthView['octets'] }) {
  const holds = octets.difference === '0';
  const terms = ['received', 'billed', 'suspended', 'elsewhere', 'unguided', 'dropped', 'refused'] as const;
  return (
    <>
      <p className="law-words muted">{text.law}</p>
      <div className={holds ? 'law' : 'law law-broken'}>
        <dl className="law-terms">
          {terms.map((name, index) => (
            <div key={name} className={octets[name] === '0' ? 'term term-zero' : 'term'}>
              <dt>{text.fates[name]}</dt>
              <dd className="figure" title={formatOctets(octets[name]).exact}>
                {index > 0 && (
                  <span className="term-sign" aria-hidden="true">
                    {index === 1 ? '=' : '+'}
                  </span>
                )}
                {formatOctets(octets[name]).text}
              </dd>
            </div>
          ))}
        </dl>
        <Difference amount={formatOctets(octets.difference).text} holds={holds} />
      </div>
    </>
  );
}

/** What may need somebody's eye, beside the exporters' own. */
function troubles(flows: FlowHealthView) {
  const drops = flows.kernelDrops;
  const refused = Object.entries(flows.refused).filter(([, count]) => count > 0);
  return [
    {
      name: text.kernelDrops,
      value: drops === null ? en.unknown : formatCount(drops),
      bad: (drops ?? 0) > 0,
    },
    {
      name: text.buffer,
      value: flows.receiveBufferBytes === null ? en.unknown : formatOctets(String(flows.receiveBufferBytes)).text,
      bad: flows.receiveBufferBytes !== null && flows.receiveBufferBytes < flows.receiveBufferAskedBytes,
    },
    { name: text.waiting, value: formatOctets(flows.octets.waiting).text, bad: false },
    { name: text.held, value: formatCount(flows.held), bad: false },
    { name: text.hurried, value: formatCount(flows.hurried), bad: flows.hurried > 0 },
    { name: text.threadRestarts, value: formatCount(flows.threadRestarts), bad: flows.threadRestarts > 0 },
    { name: text.shared, value: formatOctets(flows.octets.shared).text, bad: false },
    {
      name: text.refused,
      value:
        refused.length === 0
          ? formatCount(0)
          : refused.map(([reason, count]) => `${reason} ${formatCount(count)}`).join(', '),
      bad: refused.length > 0,
    },
  ];
}

interface ExporterTableProps {
  readonly exporters: readonly FlowExporterView[];
  readonly asOfMs: number;
  readonly zone: string;
}

function ExporterTable({ exporters, asOfMs, zone }: ExporterTableProps) {
  return (
    <table className="stacking">
      <thead>
        <tr>
          <th scope="col">{text.exporter}</th>
          <th scope="col">{en.health.state}</th>
          <th scope="col">{text.format}</th>
          {[en.health.lastSeen, text.records, text.octets, text.missing, text.duplicates, text.reordered].map(
            (name) => (
              <th key={name} scope="col" className="number">
                {name}
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>
        {exporters.map((each) => (
          <ExporterRow
            key={`${each.exporter} ${each.format} ${each.domain}`}
            exporter={each}
            asOfMs={asOfMs}
            zone={zone}
          />
        ))}
      </tbody>
    </table>
  );
}

function ExporterRow({
  exporter,
  asOfMs,
  zone,
}: {
  readonly exporter: FlowExporterView;
  readonly asOfMs: number;
  readonly zone: string;
}) {
  const { missing, missingAtRestart, missingUnit, samplingUnknownOctets, refused, restarts } = exporter;
  const state = missing > 0 ? 'lost' : samplingUnknownOctets !== '0' ? 'sampling' : refused > 0 ? 'refused' : 'ok';
  const level = state === 'ok' ? 'ok' : 'warning';
  const lost = text.missingOf(formatCount(missing), text.units[missingUnit]);
  return (
    <tr>
      <th scope="row" title={exporter.name === exporter.exporter ? undefined : exporter.name}>
        {exporter.exporter}
      </th>
      <td data-label={en.health.state}>
        <span className={`state state-${level}`}>
          <Sign level={level} />
          {text.states[state]}
        </span>
      </td>
      <td data-label={text.format}>{text.formatOf(exporter.format, String(exporter.domain))}</td>
      <td data-label={en.health.lastSeen} className="number" title={formatFully(exporter.lastReceivedAtMs, zone)}>
        {formatAge(Math.max(0, asOfMs - exporter.lastReceivedAtMs))}
      </td>
      <td data-label={text.records} className="number">
        {formatCount(exporter.records)}
      </td>
      <td data-label={text.octets} className="number" title={formatOctets(exporter.octets).exact}>
        {formatOctets(exporter.octets).text}
      </td>
      <td
        data-label={text.missing}
        className="number"
        title={text.missingNote(formatCount(missingAtRestart), formatCount(restarts))}
      >
        {missing === 0 ? formatCount(0) : lost}
      </td>
      <td data-label={text.duplicates} className="number">
        {formatCount(exporter.duplicates)}
      </td>
      <td data-label={text.reordered} className="number">
        {formatCount(exporter.reordered)}
      </td>
    </tr>
  );
}
