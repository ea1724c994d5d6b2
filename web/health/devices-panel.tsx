/** The devices that report to us, the worst first. */
import type { HealthView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { formatAge, formatFully } from '../moment.ts';
import { Empty, Panel } from '../parts/panel.tsx';
import { Sign } from '../parts/sign.tsx';
import { formatCount } from '../quantity.ts';
import { deviceLevel, type JudgedDevice, judgedDevices } from './device-order.ts';

const text = en.health;

export interface DevicesPanelProps {
  readonly health: HealthView;
  readonly heardMs: number;
  readonly zone: string;
}

export function DevicesPanel({ health, heardMs, zone }: DevicesPanelProps) {
  const devices = judgedDevices(health.devices, health.asOfMs);
  return (
    <Panel title={text.devices}>
      {devices.length === 0 ? (
        <Empty>{text.noDevices}</Empty>
      ) : (
        <table className="stacking">
          <thead>
            <tr>
              <th scope="col">{text.device}</th>
              <th scope="col">{text.state}</th>
              <th scope="col">{text.client}</th>
              <th scope="col" className="number">
                {text.lastSeen}
              </th>
              <th scope="col" className="number">
                {text.terms.received}
              </th>
              <th scope="col" className="number">
                {text.terms.refused}
              </th>
              <th scope="col" className="number">
                {text.clockSkew}
              </th>
            </tr>
          </thead>
          <tbody>
            {devices.map((judged) => (
              <DeviceRow
                key={`${judged.device.client} ${judged.device.device}`}
                judged={judged}
                heardMs={heardMs}
                zone={zone}
              />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

interface DeviceRowProps {
  readonly judged: JudgedDevice;
  readonly heardMs: number;
  readonly zone: string;
}

function DeviceRow({ judged: { device, state, ageMs }, heardMs, zone }: DeviceRowProps) {
  const level = deviceLevel[state];
  return (
    <tr>
      <th scope="row">{device.device}</th>
      <td data-label={text.state}>
        <span className={`state state-${level}`}>
          <Sign level={level} />
          {text.deviceState[state]}
        </span>
      </td>
      <td data-label={text.client}>{device.client}</td>
      <td data-label={text.lastSeen} className="number" title={formatFully(device.lastSeenMs, zone)}>
        {formatAge(ageMs + heardMs)}
      </td>
      <td data-label={text.terms.received} className="number">
        {formatCount(device.received)}
      </td>
      <td data-label={text.terms.refused} className="number">
        {formatCount(device.refused)}
      </td>
      <td data-label={text.clockSkew} className="number">
        {device.clockSkewMs === null
          ? en.unknown
          : text.skew(formatCount((Math.round(device.clockSkewMs / 100) || 0) / 10))}
      </td>
    </tr>
  );
}
