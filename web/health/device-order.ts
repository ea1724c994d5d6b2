/** How each device is, judged by the server's clock, and the order in which an operator should look at them. */
import type { HealthView } from '../../daemon/contract.ts';
import type { Level } from '../parts/sign.tsx';

export type Device = HealthView['devices'][number];
export type DeviceState = 'ok' | 'refused' | 'skewed' | 'quiet' | 'silent';

/** Interim reports come every 1 to 10 minutes from most devices, so a quarter of an hour is at least one missed. */
export const deviceLimits = { quietMs: 5 * 60_000, silentMs: 15 * 60_000, skewMs: 60_000 } as const;

export const deviceLevel: Record<DeviceState, Level> = {
  ok: 'ok',
  refused: 'warning',
  skewed: 'warning',
  quiet: 'warning',
  silent: 'critical',
};

export interface JudgedDevice {
  readonly device: Device;
  readonly state: DeviceState;
  readonly ageMs: number;
}

const worstFirst: readonly DeviceState[] = ['silent', 'quiet', 'skewed', 'refused', 'ok'];

export function judgedDevices(devices: readonly Device[], asOfMs: number): readonly JudgedDevice[] {
  return devices
    .map((device) => ({ device, state: stateOf(device, asOfMs), ageMs: Math.max(0, asOfMs - device.lastSeenMs) }))
    .sort(
      (a, b) =>
        worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state) ||
        (a.state === 'ok' ? a.device.device.localeCompare(b.device.device) : b.ageMs - a.ageMs),
    );
}

function stateOf(device: Device, asOfMs: number): DeviceState {
  const ageMs = asOfMs - device.lastSeenMs;
  if (ageMs >= deviceLimits.silentMs) return 'silent';
  if (ageMs >= deviceLimits.quietMs) return 'quiet';
  if (Math.abs(device.clockSkewMs ?? 0) >= deviceLimits.skewMs) return 'skewed';
  return device.refused > 0 ? 'refused' : 'ok';
}
