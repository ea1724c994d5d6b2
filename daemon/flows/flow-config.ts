/**
 * `netflow` and `flow` of meterd.yaml: where flow records are taken, from whom, at which points subscribers are metered,
 * and which classes of traffic plans may tell apart. docs/flows.md explains the keys.
 */
import {
  type ClassRule,
  type ExporterSettings,
  type MeteringPoint,
  MeteringPoints,
  parseCidr,
  type SamplingSettings,
  TrafficClasses,
} from '../../collectors/index.ts';
import type { Section } from '../config.ts';

export interface NetflowConfig {
  /** A socket each; `::` alone takes IPv4 as well. */
  readonly hosts: readonly string[];
  readonly port: number;
  readonly receiveBufferBytes: number;
  /** Without any, nothing listens. */
  readonly exporters: readonly ExporterSettings[];
  readonly meteringPoints: readonly MeteringPoint[];
  readonly classes: readonly ClassRule[];
  /** Networks whose addresses are subscribers': use of one that nobody is known to hold waits in suspense. */
  readonly subscribers: readonly string[];
}

export interface FlowConfig {
  /** How often what was summed is put into the usage log, ms. */
  readonly windowMs: number;
  /** How long a datagram waits before its flows are guided, so that the login they follow is known, ms. */
  readonly holdMs: number;
  /** Room for waiting datagrams; where it is full, the oldest wait less. */
  readonly heldBytesMax: number;
  /** Sums that may wait in suspense for a holder of their address. */
  readonly suspendedMax: number;
}

const anyNetwork = 'such as 192.0.2.0/24';

export function readNetflow(netflow: Section): NetflowConfig {
  const hosts = netflow.oneOrMore('host', ['0.0.0.0']);
  if (hosts.length === 0 || hosts.some((host) => host === ''))
    netflow.fail('host', 'must name an address to listen on');
  const config: NetflowConfig = {
    hosts,
    port: netflow.integer('port', 2055, 0, 65_535),
    receiveBufferBytes: netflow.integer('receiveBufferBytes', 8 * 1024 * 1024, 65_536, 1024 * 1024 * 1024),
    exporters: readExporters(netflow),
    meteringPoints: netflow.list('meteringPoints', readMeteringPoint),
    classes: netflow.list('classes', readClassRule),
    subscribers: networks(netflow, 'subscribers') ?? [],
  };
  refuseWhatFails(netflow, 'meteringPoints', () => new MeteringPoints(config.meteringPoints));
  refuseWhatFails(netflow, 'classes', () => new TrafficClasses(config.classes));
  return config;
}

export function readFlow(flow: Section): FlowConfig {
  return {
    windowMs: flow.integer('windowMs', 1_000, 100, 3_600_000),
    holdMs: flow.integer('holdMs', 5_000, 0, 600_000),
    heldBytesMax: flow.integer('heldBytesMax', 256 * 1024 * 1024, 1024 * 1024, 64 * 1024 * 1024 * 1024),
    suspendedMax: flow.integer('suspendedMax', 100_000, 0, 10_000_000),
  };
}

/** A list of networks, or of mappings that say more of each. */
function readExporters(netflow: Section): ExporterSettings[] {
  const exporters = netflow.list(
    'exporters',
    (exporter): ExporterSettings => {
      const cidr = exporter.text('cidr', '');
      return { cidr, name: exporter.text('name', cidr), sampling: exporter.section('sampling', readSampling) };
    },
    (cidr): ExporterSettings => ({ cidr, name: cidr, sampling: { unknown: 'flag' } }),
  );
  for (const [index, { cidr }] of exporters.entries()) {
    if (parseCidr(cidr) === null)
      netflow.fail('exporters', `must be network prefixes ${anyNetwork}, or have one as cidr, not "${cidr}"`);
    if (exporters.findIndex((other) => other.cidr === cidr) < index) netflow.fail('exporters', `names ${cidr} twice`);
  }
  return exporters;
}

function readSampling(sampling: Section): SamplingSettings {
  const unknown = sampling.choice('unknown', 'flag', ['flag', 'hold']);
  const override = sampling.boolean('override', false);
  if (!sampling.has('rate')) {
    if (override) sampling.fail('override', 'needs a rate beside it');
    return { unknown };
  }
  return { unknown, override, rate: sampling.integer('rate', 1, 1, 2 ** 31) };
}

function readMeteringPoint(point: Section): MeteringPoint {
  const direction = point.choice('direction', 'either', ['either', 'ingress', 'egress']);
  const interfaces = integers(point, 'interfaces', 2 ** 32 - 1);
  const subscribers = networks(point, 'subscribers');
  const exporter = point.text('exporter', '');
  if (parseCidr(exporter) === null) point.fail('exporter', `must be a network prefix ${anyNetwork}, not "${exporter}"`);
  return {
    exporter,
    ...(point.has('domain') ? { domain: point.integer('domain', 0, 0, 2 ** 32 - 1) } : {}),
    ...(interfaces === null ? {} : { interfaces }),
    ...(direction === 'either' ? {} : { direction }),
    ...(subscribers === null ? {} : { subscribers }),
  };
}

function readClassRule(rule: Section): ClassRule {
  const name = rule.text('class', '');
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name))
    rule.fail('class', `must be a name of letters, digits, ".", "_" and "-", at most 64, not "${name}"`);
  const optional = <K extends string, T>(key: K, value: T | null) =>
    (value === null ? {} : { [key]: value }) as { readonly [P in K]?: T };
  return {
    class: name,
    ...optional('remotePrefixes', networks(rule, 'remotePrefixes')),
    ...optional('remoteAs', integers(rule, 'remoteAs', 2 ** 32 - 1)),
    ...optional('remotePorts', ports(rule, 'remotePorts')),
    ...optional('localPorts', ports(rule, 'localPorts')),
    ...optional('ports', ports(rule, 'ports')),
    ...optional('protocols', integers(rule, 'protocols', 255)),
    ...optional('dscp', integers(rule, 'dscp', 63)),
    ...optional('interfaces', integers(rule, 'interfaces', 2 ** 32 - 1)),
    ...optional('onNet', rule.has('onNet') ? rule.boolean('onNet', true) : null),
  };
}

function networks(section: Section, key: string): string[] | null {
  const texts = section.texts(key);
  const wrong = texts.find((text) => parseCidr(text) === null);
  if (wrong !== undefined) section.fail(key, `must be network prefixes ${anyNetwork}, not "${wrong}"`);
  return section.has(key) ? texts : null;
}

function integers(section: Section, key: string, max: number): number[] | null {
  const texts = section.texts(key);
  const wrong = texts.find((text) => !/^\d{1,10}$/.test(text) || Number(text) > max);
  if (wrong !== undefined) section.fail(key, `must be whole numbers from 0 to ${max}, not "${wrong}"`);
  return section.has(key) ? texts.map(Number) : null;
}

/** `443`, or `5060-5099`. */
function ports(section: Section, key: string): (readonly [from: number, to: number])[] | null {
  const ranges = section.texts(key).map((text): readonly [number, number] => {
    const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
    const from = Number(found?.[1] ?? Number.NaN);
    const to = Number(found?.[2] ?? from);
    if (!(from <= to && to <= 65_535)) section.fail(key, `must be ports or ranges such as 5060-5099, not "${text}"`);
    return [from, to];
  });
  return section.has(key) ? ranges : null;
}

function refuseWhatFails(section: Section, key: string, make: () => unknown): void {
  try {
    make();
  } catch (cause) {
    section.fail(key, `can't be used: ${(cause as Error).message}`);
  }
}
