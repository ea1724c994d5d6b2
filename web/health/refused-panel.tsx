/** What was refused at the door, by collector and reason, most first. */
import type { HealthView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { Empty, Panel } from '../parts/panel.tsx';
import { formatCount } from '../quantity.ts';

const text = en.health;

export function RefusedPanel({ collectors }: { readonly collectors: HealthView['collectors'] }) {
  const rows = collectors
    .flatMap(({ collector, refused }) =>
      Object.entries(refused).map(([reason, count]) => ({ collector, reason, count })),
    )
    .filter((row) => row.count > 0)
    .sort((a, b) => b.count - a.count);
  return (
    <Panel title={text.refused}>
      {rows.length === 0 ? (
        <Empty>{text.noRefused}</Empty>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{text.reason}</th>
              <th scope="col">{text.collector}</th>
              <th scope="col" className="number">
                {text.count}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.collector} ${row.reason}`}>
                <th scope="row">{row.reason}</th>
                <td>{row.collector}</td>
                <td className="number">{formatCount(row.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
