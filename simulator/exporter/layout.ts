/**
 * What a record of NetFlow v9 or IPFIX looks like: the fields of a template and how each is written. Written from RFC 3954
 * and RFC 7011, independent of meterd's decoders.
 */
import { remoteAddress4, remoteWords6, type SimulatedFlow, subscriberAddress4, subscriberWords6 } from './flow.ts';

export type TimeForm = 'uptime' | 'seconds' | 'milliseconds' | 'microseconds' | 'nanoseconds';

export interface LayoutOptions {
  readonly version: 9 | 10;
  readonly times: TimeForm;
  readonly counters: 'delta' | 'total';
  /** Counters in as few octets as hold them: five and three (RFC 7011 §6.2). */
  readonly reducedSize: boolean;
  readonly biflow: boolean;
  /** With fields of varying length, one of them of an enterprise (IPFIX only). */
  readonly variable: boolean;
  /** Another order, as after a change of the exporter's configuration. */
  readonly reordered: boolean;
}

/** Times of the exporter that a record may be relative to. */
export interface ExportClock {
  exportMs: number;
  bootMs: number;
}

export interface LayoutField {
  readonly id: number;
  readonly enterprise?: number;
  /** Octets in a record, or 65535 where it varies. */
  readonly length: number;
  /** Writes at `at`, answers how many octets. */
  write(view: DataView, at: number, flow: SimulatedFlow, clock: ExportClock): number;
}

const reverseEnterprise = 29305;
/** An enterprise of nobody, for elements that a collector must pass over. */
const unknownEnterprise = 64_999;
const ntpToUnixSeconds = 2_208_988_800;
const varying = 65_535;

export function layoutOf(family: 4 | 6, options: LayoutOptions): LayoutField[] {
  const { version, counters, reducedSize, biflow, variable } = options;
  const wide = version === 10 || counters === 'total' ? 8 : 4;
  const octetsLength = reducedSize ? 5 : wide;
  const packetsLength = reducedSize ? 3 : wide;
  const fields: LayoutField[] = [
    ...addresses(family),
    uint(10, 4, (flow) => (flow.isDownload ? 2 : 1)),
    uint(14, 4, (flow) => (flow.isDownload ? 1 : 2)),
    uint(counters === 'delta' ? 2 : 86, packetsLength, (flow) => flow.packets),
    uint(counters === 'delta' ? 1 : 85, octetsLength, (flow) => flow.octets),
    ...times(options.times),
    uint(7, 2, (flow) => (flow.isDownload ? flow.remotePort : flow.localPort)),
    uint(11, 2, (flow) => (flow.isDownload ? flow.localPort : flow.remotePort)),
    uint(6, 1, (flow) => (flow.protocol === 6 ? 0x1b : 0)),
    uint(4, 1, (flow) => flow.protocol),
    uint(5, 1, (flow) => flow.tos),
    uint(61, 1, () => 0),
    uint(16, 4, (flow) => (flow.isDownload ? flow.remoteAs : 0)),
    uint(17, 4, (flow) => (flow.isDownload ? 0 : flow.remoteAs)),
  ];
  if (biflow) {
    fields.push(
      {
        ...uint(counters === 'delta' ? 1 : 85, octetsLength, (flow) => flow.reverseOctets),
        enterprise: reverseEnterprise,
      },
      {
        ...uint(counters === 'delta' ? 2 : 86, packetsLength, (flow) => flow.reversePackets),
        enterprise: reverseEnterprise,
      },
    );
  }
  if (variable) {
    // applicationName (96), and something that nobody knows, now and then longer than 254 octets.
    fields.splice(
      3,
      0,
      text(96, (flow) => (flow.remotePort === 443 ? 'https' : '')),
    );
    fields.push({
      ...text(17, (flow) => 'x'.repeat(flow.remote % 97 === 0 ? 300 : flow.remote % 7)),
      enterprise: unknownEnterprise,
    });
  }
  return options.reordered ? fields.reverse() : fields;
}

/** Octets of a record whose fields don't vary. */
export const fixedLength = (fields: readonly LayoutField[]): number =>
  fields.reduce((sum, { length }) => sum + (length === varying ? 0 : length), 0);

export const varies = (fields: readonly LayoutField[]): boolean => fields.some(({ length }) => length === varying);

function uint(id: number, length: number, of: (flow: SimulatedFlow, clock: ExportClock) => number): LayoutField {
  return {
    id,
    length,
    write(view, at, flow, clock) {
      writeUint(view, at, length, of(flow, clock));
      return length;
    },
  };
}

function writeUint(view: DataView, at: number, length: number, value: number): void {
  if (length === 4) return view.setUint32(at, value);
  if (length === 2) return view.setUint16(at, value);
  if (length === 1) return view.setUint8(at, value);
  let rest = value;
  for (let index = length - 1; index >= 0; index--) {
    view.setUint8(at + index, rest % 256);
    rest = Math.floor(rest / 256);
  }
}

function addresses(family: 4 | 6): LayoutField[] {
  if (family === 4) {
    const local = (flow: SimulatedFlow) => subscriberAddress4(flow.subscriber);
    const far = (flow: SimulatedFlow) => remoteAddress4(flow.remote);
    return [
      uint(8, 4, (flow) => (flow.isDownload ? far(flow) : local(flow))),
      uint(12, 4, (flow) => (flow.isDownload ? local(flow) : far(flow))),
    ];
  }
  const field = (id: number, isSource: boolean): LayoutField => ({
    id,
    length: 16,
    write(view, at, flow) {
      const words = flow.isDownload === isSource ? remoteWords6(flow.remote) : subscriberWords6(flow.subscriber);
      for (let word = 0; word < 4; word++) view.setUint32(at + 4 * word, words[word]!);
      return 16;
    },
  });
  return [field(27, true), field(28, false)];
}

function times(form: TimeForm): LayoutField[] {
  switch (form) {
    case 'uptime':
      return [
        uint(22, 4, (flow, { bootMs }) => (flow.startMs - bootMs) % 2 ** 32),
        uint(21, 4, (flow, { bootMs }) => (flow.endMs - bootMs) % 2 ** 32),
      ];
    case 'seconds':
      return [
        uint(150, 4, (flow) => Math.floor(flow.startMs / 1000)),
        uint(151, 4, (flow) => Math.floor(flow.endMs / 1000)),
      ];
    case 'milliseconds':
      return [uint(152, 8, (flow) => flow.startMs), uint(153, 8, (flow) => flow.endMs)];
    case 'microseconds':
      return [ntp(154, (flow) => flow.startMs), ntp(155, (flow) => flow.endMs)];
    case 'nanoseconds':
      return [ntp(156, (flow) => flow.startMs), ntp(157, (flow) => flow.endMs)];
  }
}

/** Seconds since 1900 and a binary fraction (RFC 7011 §6.1.9), rounded up so that the ms come back. */
function ntp(id: number, msOf: (flow: SimulatedFlow) => number): LayoutField {
  return {
    id,
    length: 8,
    write(view, at, flow) {
      const ms = msOf(flow);
      view.setUint32(at, Math.floor(ms / 1000) + ntpToUnixSeconds);
      view.setUint32(at + 4, Math.ceil(((ms % 1000) * 2 ** 32) / 1000));
      return 8;
    },
  };
}

function text(id: number, textOf: (flow: SimulatedFlow) => string): LayoutField {
  return {
    id,
    length: varying,
    write(view, at, flow) {
      const octets = textOf(flow);
      const isLong = octets.length >= 255;
      view.setUint8(at, isLong ? 255 : octets.length);
      if (isLong) view.setUint16(at + 1, octets.length);
      const from = at + (isLong ? 3 : 1);
      for (let index = 0; index < octets.length; index++) view.setUint8(from + index, octets.charCodeAt(index));
      return from - at + octets.length;
    },
  };
}
