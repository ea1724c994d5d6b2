/**
 * The access servers of a population and their lives: each has a vendor's ways and restarts now and then. After a
 * restart its Acct-Session-Ids begin anew and its clock is off by another amount. Pure.
 */
import { chanceAt } from '../nas/random.ts';
import { type VendorName, vendors } from './vendors.ts';

/** One life of a device, from its start to its end; true time, UTC epoch s. */
export interface Boot {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** What its clock shows less the true time, s. */
  readonly skewSeconds: number;
  /** It ends by an orderly shutdown, told by Accounting-Off; else the power fails. */
  readonly ordersOff: boolean;
}

export interface Device {
  readonly number: number;
  readonly vendor: VendorName;
  /** NAS-Identifier; '' where the vendor's devices are known by their address. */
  readonly identifier: string;
  /** NAS-IP-Address as a 32-bit number. */
  readonly address: number;
  readonly boots: readonly Boot[];
}

export interface DeviceOptions {
  readonly devices: number;
  readonly vendors: readonly VendorName[];
  readonly name: string;
  readonly seed: number;
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** Restarts of each device. */
  readonly reboots: number;
  /** Clocks are wrong by at most this, s. */
  readonly skewSeconds: number;
}

/** A device is away at least a minute, and longer than its clock may step back: so its new sessions are later ones. */
export function downSecondsMin(skewSeconds: number): number {
  return 60 + 2 * skewSeconds;
}

/** Longest time away beyond the least, s. */
export const downSecondsMore = 240;

export function devicesOf(options: DeviceOptions): Device[] {
  return Array.from({ length: options.devices }, (_, number) => {
    const vendor = options.vendors[number % options.vendors.length]!;
    const identifier = `${options.name}-nas-${String(number + 1).padStart(3, '0')}`;
    return {
      number,
      vendor,
      identifier: vendors[vendor].namesItself ? identifier : '',
      // Of the name, so that two populations on one daemon have devices of their own.
      address: ((textHash(options.name) & 0xffff_ff00) | (number + 1)) >>> 0,
      boots: bootsOf(options, number),
    };
  });
}

/** Restarts lie one in each equal part of the time, away from its edges. */
function bootsOf(options: DeviceOptions, device: number): Boot[] {
  const { fromSeconds, toSeconds, reboots, skewSeconds, seed } = options;
  const partSeconds = Math.floor((toSeconds - fromSeconds) / (reboots + 1));
  const boots: Boot[] = [];
  let upSeconds = fromSeconds;
  for (let life = 0; life <= reboots; life++) {
    const chance = (salt: number, below: number) => chanceAt(seed ^ salt, device * 1009 + life) % below;
    const last = life === reboots;
    const downAt = last ? toSeconds : fromSeconds + (life + 1) * partSeconds - chance(0xd1, Math.ceil(partSeconds / 2));
    boots.push({
      fromSeconds: upSeconds,
      toSeconds: downAt,
      skewSeconds: chance(0xd2, 2 * skewSeconds + 1) - skewSeconds,
      ordersOff: chance(0xd3, 2) === 0,
    });
    upSeconds = downAt + downSecondsMin(skewSeconds) + chance(0xd4, downSecondsMore);
  }
  return boots;
}

/** Names that differ little have hashes that differ in all their bits. */
function textHash(text: string): number {
  let hash = 0;
  for (const character of text) hash = chanceAt(hash, character.codePointAt(0)!);
  return hash;
}
