/**
 * Classes of traffic (on-net, peering, VoIP, FTP, …) from a table in order: the first rule all of whose conditions hold
 * gives the class. Conditions are told from the subscriber's side: `remote` is the far end, `local` the subscriber's.
 */
import { addressAt, type FlowRecord, slot } from './flow-record.ts';
import { PrefixTable } from './prefix-table.ts';

export interface ClassRule {
  /** Name that plans know it by. */
  readonly class: string;
  /** Prefixes of the far end. */
  readonly remotePrefixes?: readonly string[];
  readonly remoteAs?: readonly number[];
  /** Inclusive ranges. */
  readonly remotePorts?: readonly (readonly [from: number, to: number])[];
  readonly localPorts?: readonly (readonly [from: number, to: number])[];
  /** Either end's. */
  readonly ports?: readonly (readonly [from: number, to: number])[];
  readonly protocols?: readonly number[];
  /** 0 to 63. */
  readonly dscp?: readonly number[];
  /** SNMP index of either interface of the flow. */
  readonly interfaces?: readonly number[];
  /** Both ends are subscribers. */
  readonly onNet?: boolean;
}

/** Class of what no rule takes. */
export const defaultClass = 0;
/** Rules are tried one by one for every flow. */
const rulesMax = 1000;

type Ranges = readonly (readonly [from: number, to: number])[];

export class TrafficClasses {
  /** Names by number; 0 is the default, the empty name. */
  readonly names: readonly string[];
  readonly #rules: readonly CompiledRule[];

  /** @throws Error for what is no prefix, no port, or too many rules */
  constructor(rules: readonly ClassRule[]) {
    if (rules.length > rulesMax) throw new Error(`${rules.length} class rules; at most ${rulesMax}`);
    this.names = ['', ...new Set(rules.map((rule) => rule.class))];
    this.#rules = rules.map((rule) => compile(rule, this.names.indexOf(rule.class)));
  }

  /** The class of a flow, seen from its destination (`isIn`) or from its source. */
  classOf(record: FlowRecord, isIn: boolean, isOnNet: boolean): number {
    const rules = this.#rules;
    for (let index = 0; index < rules.length; index++) {
      const rule = rules[index]!;
      if (holds(rule, record, isIn, isOnNet)) return rule.class;
    }
    return defaultClass;
  }
}

interface CompiledRule {
  readonly class: number;
  readonly prefixes: PrefixTable | null;
  readonly remoteAs: ReadonlySet<number> | null;
  readonly remotePorts: Ranges | null;
  readonly localPorts: Ranges | null;
  readonly ports: Ranges | null;
  /** One for each of 256 protocols, or of 64 code points. */
  readonly protocols: Uint8Array | null;
  readonly dscp: Uint8Array | null;
  readonly interfaces: ReadonlySet<number> | null;
  readonly onNet: boolean | null;
}

function compile(rule: ClassRule, number: number): CompiledRule {
  let prefixes: PrefixTable | null = null;
  if (rule.remotePrefixes !== undefined) {
    prefixes = new PrefixTable();
    for (const cidr of rule.remotePrefixes) prefixes.addCidr(cidr, 0);
  }
  return {
    class: number,
    prefixes,
    remoteAs: rule.remoteAs === undefined ? null : new Set(rule.remoteAs),
    remotePorts: rangesOf(rule.remotePorts),
    localPorts: rangesOf(rule.localPorts),
    ports: rangesOf(rule.ports),
    protocols: rule.protocols === undefined ? null : membersOf(rule.protocols, 256),
    dscp: rule.dscp === undefined ? null : membersOf(rule.dscp, 64),
    interfaces: rule.interfaces === undefined ? null : new Set(rule.interfaces),
    onNet: rule.onNet ?? null,
  };
}

function rangesOf(ranges: Ranges | undefined): Ranges | null {
  if (ranges === undefined) return null;
  for (const [from, to] of ranges) {
    if (!(from >= 0 && from <= to && to <= 65_535)) throw new Error(`not a range of ports: ${from} to ${to}`);
  }
  return ranges;
}

function membersOf(members: readonly number[], size: number): Uint8Array {
  const set = new Uint8Array(size);
  for (const member of members) {
    if (!(Number.isInteger(member) && member >= 0 && member < size)) throw new Error(`${member} is not below ${size}`);
    set[member] = 1;
  }
  return set;
}

/** The cheap conditions first. */
function holds(rule: CompiledRule, record: FlowRecord, isIn: boolean, isOnNet: boolean): boolean {
  const { values } = record;
  if (rule.onNet !== null && rule.onNet !== isOnNet) return false;
  if (rule.protocols !== null && rule.protocols[values[slot.protocol]!] !== 1) return false;
  if (rule.dscp !== null && rule.dscp[record.dscp] !== 1) return false;
  const source = values[slot.sourcePort]!;
  const destination = values[slot.destinationPort]!;
  if (rule.remotePorts !== null && !inRanges(rule.remotePorts, isIn ? source : destination)) return false;
  if (rule.localPorts !== null && !inRanges(rule.localPorts, isIn ? destination : source)) return false;
  if (rule.ports !== null && !inRanges(rule.ports, source) && !inRanges(rule.ports, destination)) return false;
  if (rule.remoteAs !== null && !rule.remoteAs.has(values[isIn ? slot.sourceAs : slot.destinationAs]!)) return false;
  if (rule.interfaces !== null) {
    const { interfaces } = rule;
    if (!interfaces.has(values[slot.ingressInterface]!) && !interfaces.has(values[slot.egressInterface]!)) return false;
  }
  if (rule.prefixes === null) return true;
  return rule.prefixes.find(record.addresses, isIn ? addressAt.source : addressAt.destination, record.family) >= 0;
}

function inRanges(ranges: Ranges, port: number): boolean {
  for (const [from, to] of ranges) if (port >= from && port <= to) return true;
  return false;
}
