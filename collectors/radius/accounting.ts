/**
 * A verified Accounting-Request becomes a usage record (RFC 2866 §5, RFC 2869 §5). It does not decide whose the use is
 * (the guide) nor how much of it is new (mediation).
 *
 * Directions: Acct-Output-Octets are what the NAS sent to the user, so they are `octets-in` for the subscriber
 * (DESIGN §2); `swapDirections` is for devices that count the other way round.
 * An attribute of the wrong size is dropped and the packet kept (RFC 6929 §2.8).
 *
 * Some vendors count IPv6 apart (ERX, Huawei). Whether Acct-Input-Octets hold it as well is not to be seen from the
 * packet, so it is policy by client: `add` where they don't. These counters are readings of their own (`+ipv6`, see
 * `meterOfCounter`), since a report may lack them, which must not look as though octets had fallen. Counters by queue
 * (Nokia SR) are used where the packet has no Acct-Input-Octets and Acct-Output-Octets.
 */
import type { MeterReading, RecordStatus, Subject, UsageRecord } from '../collector.ts';
import { AccountingFields } from './accounting-fields.ts';
import { DescribedAttributes } from './described.ts';
import type { Dictionary } from './dictionary.ts';
import type { AccountingPacket } from './packet.ts';

/** What a client's octets of IPv6, counted apart, are: more use, or use that its other counters hold already. */
export type SeparateIpv6Octets = 'add' | 'ignore';

export interface AccountingContext {
  /** The client's group; a device is known within it (DESIGN §6). None is another one, a slash and more. */
  readonly group: string;
  readonly sourceAddress: string;
  readonly receivedAtMs: number;
  readonly swapDirections: boolean;
  readonly separateIpv6Octets: SeparateIpv6Octets;
  readonly dictionary: Dictionary;
  /** An event's time is clamped to arrival − past … arrival + future, since clocks of devices may be years off. */
  readonly clockPastMsMax: number;
  readonly clockFutureMsMax: number;
}

export interface AccountingResult {
  readonly record: UsageRecord;
  /** Event-Timestamp less arrival, in ms; null where the packet has no Event-Timestamp. */
  readonly clockSkewMs: number | null;
}

/** A device's clock that is further than this from ours, or a report this late that tells no delay, is remarked, ms. */
const clockApartMs = 600_000;

const statusByNumber: Readonly<Record<number, RecordStatus>> = {
  1: 'start',
  2: 'stop',
  3: 'interim',
  7: 'accounting-on',
  8: 'accounting-off',
};

/** Decodes the record of one verified packet. Never throws: what is missing is left out and told by the record. */
export function accountingRecord(packet: AccountingPacket, context: AccountingContext): AccountingResult {
  const described = new DescribedAttributes(context.dictionary);
  const fields = new AccountingFields(packet.octets, described);
  const arrival = context.receivedAtMs;
  const sentMs = arrival - (fields.delaySeconds ?? 0) * 1000;
  const claimedMs = fields.eventSeconds === undefined ? sentMs : fields.eventSeconds * 1000;
  const eventMs = Math.min(Math.max(claimedMs, arrival - context.clockPastMsMax), arrival + context.clockFutureMsMax);
  const status = statusByNumber[fields.status ?? 0] ?? 'other';
  const seconds = fields.seconds;
  const startMs = status === 'start' || seconds === undefined ? eventMs : eventMs - seconds * 1000;
  const counted = countedOctets(fields, described, context);
  const attributes = described.finish();
  if (eventMs !== claimedMs) attributes.clock = 'clamped';
  else if (Math.abs(claimedMs - sentMs) > clockApartMs) attributes.clock = 'apart';
  const collector = 'radius';
  const device = deviceOf(context.group, fields.nasId ?? fields.nasAddress ?? context.sourceAddress);
  const { wide } = counted;
  return {
    clockSkewMs: fields.eventSeconds === undefined ? null : claimedMs - arrival,
    record: {
      key: '',
      status,
      subjects: status === 'accounting-on' || status === 'accounting-off' ? [] : subjectsOf(fields),
      readings: readingsOf(seconds, counted, context.swapDirections),
      cumulative: true,
      startMs,
      endMs: eventMs,
      startKnown: status === 'start' || seconds !== undefined,
      timedByArrival: fields.eventSeconds === undefined ? true : undefined,
      source: fields.session ? { collector, device, session: fields.session, wide } : { collector, device, wide },
      attributes,
    },
  };
}

/** Reports of one device come in rows: a name made anew for each would be hashed anew wherever it is looked up. */
function deviceOf(group: string, nas: string): string {
  if (group !== lastDevice.group || nas !== lastDevice.nas) lastDevice = { group, nas, name: `${group}/${nas}` };
  return lastDevice.name;
}

let lastDevice = { group: '', nas: '', name: '/' };

/**
 * A Calling-Station-Id in one form: MAC addresses lower case without separators, whatever the NAS's habit
 * (RFC 2865 §5.31 leaves it open, RFC 3580 §3.21 wants AA-BB-CC-DD-EE-FF); other values trimmed only.
 */
export function normalStation(value: string): string {
  const trimmed = value.trim();
  let digits = 0;
  for (let i = 0; i < trimmed.length; i++) {
    const code = trimmed.charCodeAt(i);
    if (code === 0x2d || code === 0x3a || code === 0x2e) continue;
    const letter = code | 0x20;
    const isHex = (code >= 0x30 && code <= 0x39) || (letter >= 0x61 && letter <= 0x66);
    if (!isHex || digits === macDigits) return trimmed;
    mac[digits++] = code <= 0x39 ? code : letter;
  }
  return digits === macDigits ? mac.toString('latin1') : trimmed;
}

const macDigits = 12;
/** Where digits are gathered. */
const mac = Buffer.alloc(macDigits);

function subjectsOf(fields: AccountingFields): Subject[] {
  const subjects: Subject[] = [];
  if (fields.user) subjects.push({ kind: 'login', value: fields.user });
  if (fields.calling) subjects.push({ kind: 'station', value: normalStation(fields.calling) });
  return subjects;
}

/** Octets from and to the user, and of IPv6 where it is counted apart. */
interface CountedOctets {
  readonly input: bigint | undefined;
  readonly output: bigint | undefined;
  readonly ipv6Input: bigint | undefined;
  readonly ipv6Output: bigint | undefined;
  /** The device counts beyond 2^32. */
  readonly wide: boolean;
}

function countedOctets(
  fields: AccountingFields,
  described: DescribedAttributes,
  context: AccountingContext,
): CountedOctets {
  const input = octets(fields.inputOctets, fields.inputGigawords);
  const output = octets(fields.outputOctets, fields.outputGigawords);
  const byQueue = input === undefined && output === undefined;
  const queueInput = byQueue ? described.counter('queue-input-octets') : undefined;
  const queueOutput = byQueue ? described.counter('queue-output-octets') : undefined;
  const add = context.separateIpv6Octets === 'add';
  const inputGigawords = described.counter('ipv6-input-gigawords');
  const outputGigawords = described.counter('ipv6-output-gigawords');
  return {
    input: input ?? queueInput,
    output: output ?? queueOutput,
    ipv6Input: add ? octets(described.counter('ipv6-input-octets'), inputGigawords) : undefined,
    ipv6Output: add ? octets(described.counter('ipv6-output-octets'), outputGigawords) : undefined,
    wide:
      fields.inputGigawords !== undefined ||
      fields.outputGigawords !== undefined ||
      queueInput !== undefined ||
      queueOutput !== undefined ||
      (add && (inputGigawords !== undefined || outputGigawords !== undefined)),
  };
}

function readingsOf(seconds: number | undefined, counted: CountedOctets, swap: boolean): MeterReading[] {
  const readings: MeterReading[] = [];
  if (seconds !== undefined) put(readings, 'time', BigInt(seconds));
  put(readings, 'octets-in', swap ? counted.input : counted.output);
  put(readings, 'octets-out', swap ? counted.output : counted.input);
  put(readings, octetsInOfIpv6, swap ? counted.ipv6Input : counted.ipv6Output);
  put(readings, octetsOutOfIpv6, swap ? counted.ipv6Output : counted.ipv6Input);
  return readings;
}

function put(readings: MeterReading[], meter: string, quantity: bigint | undefined): void {
  if (quantity !== undefined) readings.push({ meter, quantity });
}

const ipv6Suffix = '+ipv6';
const octetsInOfIpv6 = `octets-in${ipv6Suffix}`;
const octetsOutOfIpv6 = `octets-out${ipv6Suffix}`;

/** The meter that a session's counter adds to: itself, but for the octets of IPv6 that are counted apart. */
export function meterOfCounter(counter: string): string {
  return counter.endsWith(ipv6Suffix) ? counter.slice(0, -ipv6Suffix.length) : counter;
}

/** RFC 2869 §5.1: total = gigawords · 2^32 + octets. Gigawords alone mean that octets are exactly on the wrap. */
function octets(low: number | bigint | undefined, gigawords: number | bigint | undefined): bigint | undefined {
  if (low === undefined && gigawords === undefined) return undefined;
  if (!gigawords) return BigInt(low ?? 0);
  return (BigInt(gigawords) << 32n) + BigInt(low ?? 0);
}
