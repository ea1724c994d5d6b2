/** The daemon's process itself, in tiles. */
import type { HealthView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { Panel } from '../parts/panel.tsx';
import { formatCount, formatOctets, formatSeconds } from '../quantity.ts';

const text = en.health;

export function ProcessPanel({ health }: { readonly health: HealthView }) {
  const { rssBytes, uptimeSeconds, receiveBufferBytes, kernelDrops } = health.process;
  const memory = formatOctets(String(rssBytes));
  const buffer = receiveBufferBytes === null ? null : formatOctets(String(receiveBufferBytes));
  const uptime = formatSeconds(String(Math.floor(uptimeSeconds)));
  const tiles = [
    { name: text.memory, value: memory.text, title: memory.exact },
    { name: text.uptime, value: uptime.text, title: uptime.exact },
    { name: text.receiveBuffer, value: buffer?.text ?? en.unknown, title: buffer?.exact },
    {
      name: text.kernelDrops,
      value: kernelDrops === null ? en.unknown : formatCount(kernelDrops),
      title: text.dropsNote,
      bad: (kernelDrops ?? 0) > 0,
    },
    { name: text.version, value: health.version, title: undefined },
  ];
  return (
    <Panel title={text.process}>
      <dl className="tiles">
        {tiles.map((tile) => (
          <div key={tile.name} className={tile.bad ? 'tile tile-bad' : 'tile'}>
            <dt>{tile.name}</dt>
            <dd className="figure" title={tile.title}>
              {tile.value}
            </dd>
            {tile.bad && <dd className="state state-critical">{text.dropsNote}</dd>}
          </div>
        ))}
      </dl>
    </Panel>
  );
}
