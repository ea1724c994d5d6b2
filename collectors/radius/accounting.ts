/**
 * A verified Accounting-Request becomes a usage record (RFC 2866 §5, RFC 2869 §5). It does not decide whose the use is
 * (the guide) nor how much of it is new (mediation).
 *
 * Directions: Acct-Output-Octets are what the NAS sent to the user, so they are `octets-in` for the subscriber
 * (DESIGN §2); `swapDirections` is for devices that count the other way round.
 * An attribute of the wrong size is dropped and the packet kept (RFC 6929 §2.8).
 */
import type { MeterReading, RecordStatus, Subject, UsageRecord } from '../collector.ts';
import { attribute } from './attributes.ts';
import { type AccountingPacket, eachAttribute } from './packet.ts';

export interface AccountingContext {
  /** The client's group; a device is known within it (DESIGN §6). */
  readonly group: string;
  readonly sourceAddress: string;
  readonly receivedAtMs: number;
  readonly swapDirections: boolean;
  /** An event's time is clamped to arrival − past … arrival + future, since clocks of devices may be years off. */
  readonly clockPastMsMax: number;
  readonly clockFutureMsMax: number;
}

export interface AccountingResult {
  readonly record: UsageRecord;
  /** Event-Timestamp less arrival, in ms; null where the packet has no Event-Timestamp. */
  readonly clockSkewMs: number | null;
}

const statusByNumber: Readonly<Record<number, RecordStatus>> = {
  1: 'start',
  2: 'stop',
  3: 'interim',
  7: 'accounting-on',
  8: 'accounting-off',
};

interface Fields {
  status?: number;
  user?: string;
  calling?: string;
  called?: string;
  nasId?: string;
  nasAddress?: string;
  session?: string;
  framedAddress?: string;
  terminateCause?: number;
  delaySeconds?: number;
  seconds?: number;
  inputOctets?: number;
  outputOctets?: number;
  inputGigawords?: number;
  outputGigawords?: number;
  eventSeconds?: number;
}

/** Decodes the record of one verified packet. Never throws: what is missing is left out and told by the record. */
export function accountingRecord(packet: AccountingPacket, context: AccountingContext): AccountingResult {
  const fields = readFields(packet.attributes);
  const arrival = context.receivedAtMs;
  const claimedMs =
    fields.eventSeconds !== undefined ? fields.eventSeconds * 1000 : arrival - (fields.delaySeconds ?? 0) * 1000;
  const eventMs = Math.min(Math.max(claimedMs, arrival - context.clockPastMsMax), arrival + context.clockFutureMsMax);
  const status = statusByNumber[fields.status ?? 0] ?? 'other';
  const seconds = fields.seconds;
  const startMs = status === 'start' || seconds === undefined ? eventMs : eventMs - seconds * 1000;
  const attributes: Record<string, string> = {};
  if (fields.framedAddress !== undefined) attributes.framedAddress = fields.framedAddress;
  if (fields.called !== undefined) attributes.calledStation = fields.called;
  if (fields.terminateCause !== undefined) attributes.terminateCause = String(fields.terminateCause);
  if (eventMs !== claimedMs) attributes.clock = 'clamped';
  return {
    clockSkewMs: fields.eventSeconds === undefined ? null : claimedMs - arrival,
    record: {
      key: `${fields.session ?? ''}/${status}/${eventMs}/${seconds ?? ''}`,
      status,
      subjects: status === 'accounting-on' || status === 'accounting-off' ? [] : subjectsOf(fields),
      readings: readingsOf(fields, context.swapDirections),
      cumulative: true,
      startMs,
      endMs: eventMs,
      startKnown: status === 'start' || seconds !== undefined,
      source: {
        collector: 'radius',
        device: `${context.group}/${fields.nasId ?? fields.nasAddress ?? context.sourceAddress}`,
        ...(fields.session !== undefined && fields.session !== '' ? { session: fields.session } : {}),
        wide: fields.inputGigawords !== undefined || fields.outputGigawords !== undefined,
      },
      attributes,
    },
  };
}

/**
 * A Calling-Station-Id in one form: MAC addresses lower case without separators, whatever the NAS's habit
 * (RFC 2865 §5.31 leaves it open, RFC 3580 §3.21 wants AA-BB-CC-DD-EE-FF); other values trimmed only.
 */
export function normalStation(value: string): string {
  const bare = value.trim().replace(/[-:.]/g, '');
  return /^[0-9a-fA-F]{12}$/.test(bare) ? bare.toLowerCase() : value.trim();
}

function subjectsOf(fields: Fields): Subject[] {
  const subjects: Subject[] = [];
  if (fields.user) subjects.push({ kind: 'login', value: fields.user });
  if (fields.calling) subjects.push({ kind: 'station', value: normalStation(fields.calling) });
  return subjects;
}

function readingsOf(fields: Fields, swap: boolean): MeterReading[] {
  const readings: MeterReading[] = [];
  if (fields.seconds !== undefined) readings.push({ meter: 'time', quantity: BigInt(fields.seconds) });
  const fromUser = octets(fields.inputOctets, fields.inputGigawords);
  const toUser = octets(fields.outputOctets, fields.outputGigawords);
  const download = swap ? fromUser : toUser;
  const upload = swap ? toUser : fromUser;
  if (download !== undefined) readings.push({ meter: 'octets-in', quantity: download });
  if (upload !== undefined) readings.push({ meter: 'octets-out', quantity: upload });
  return readings;
}

/** RFC 2869 §5.1: total = gigawords · 2^32 + octets. Gigawords alone mean that octets are exactly on the wrap. */
function octets(low: number | undefined, gigawords: number | undefined): bigint | undefined {
  if (low === undefined && gigawords === undefined) return undefined;
  return (BigInt(gigawords ?? 0) << 32n) + BigInt(low ?? 0);
}

function readFields(attributes: Buffer): Fields {
  const fields: Fields = {};
  eachAttribute(attributes, (type, value) => {
    // RFC 2865 §5: no value is empty; an attribute without one is left out, so it must not stand for a name.
    if (value.length === 0) return;
    switch (type) {
      case attribute.userName:
        fields.user ??= text(value);
        break;
      case attribute.nasIdentifier:
        fields.nasId ??= text(value);
        break;
      case attribute.acctSessionId:
        fields.session ??= text(value);
        break;
      case attribute.callingStationId:
        fields.calling ??= text(value);
        break;
      case attribute.calledStationId:
        fields.called ??= text(value);
        break;
      case attribute.nasIpAddress:
        if (value.length === 4) fields.nasAddress ??= value.join('.');
        break;
      case attribute.nasIpv6Address:
        if (value.length === 16) fields.nasAddress ??= ipv6(value);
        break;
      case attribute.framedIpAddress:
        if (value.length === 4) fields.framedAddress ??= value.join('.');
        break;
      default: {
        const field = integerField[type];
        if (field !== undefined && value.length === 4) fields[field] ??= value.readUInt32BE(0);
      }
    }
  });
  return fields;
}

type IntegerField = {
  [K in keyof Fields]-?: NonNullable<Fields[K]> extends number ? K : never;
}[keyof Fields];

const integerField: Readonly<Record<number, IntegerField>> = {
  [attribute.acctStatusType]: 'status',
  [attribute.acctDelayTime]: 'delaySeconds',
  [attribute.acctSessionTime]: 'seconds',
  [attribute.acctInputOctets]: 'inputOctets',
  [attribute.acctOutputOctets]: 'outputOctets',
  [attribute.acctInputGigawords]: 'inputGigawords',
  [attribute.acctOutputGigawords]: 'outputGigawords',
  [attribute.acctTerminateCause]: 'terminateCause',
  [attribute.eventTimestamp]: 'eventSeconds',
};

/** UTF-8 where it is, else one character an octet (Latin-1), so that names that are not UTF-8 stay apart. */
function text(value: Buffer): string {
  const decoded = value.toString('utf8');
  return decoded.includes('�') ? value.toString('latin1') : decoded;
}

function ipv6(value: Buffer): string {
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(value.readUInt16BE(at).toString(16));
  return groups.join(':');
}
