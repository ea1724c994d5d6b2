/** What the flow thread and the thread that writes the log say to each other. */
import type { AggregatorCounts, RefusalCounts, SequenceCounts, StreamCounts } from '../../collectors/index.ts';
import type { ClockSettings } from '../clock.ts';
import type { FlowConfig, NetflowConfig } from './flow-config.ts';
import type { FlowWindow } from './flow-window.ts';

export interface FlowThreadData {
  readonly netflow: NetflowConfig;
  readonly flow: FlowConfig;
  readonly clock: ClockSettings;
  /** Templates and sampling rates survive in it. */
  readonly memoryFile: string;
  /** As the log has it; null if it has none. */
  readonly sequences: string | null;
}

export type ToFlowThread =
  /** Prefixes with their holders, packed (address-feed.ts). */
  | { readonly type: 'addresses'; readonly packed: Float64Array<ArrayBuffer> }
  | { readonly type: 'listen' }
  /** The last window is in the log. */
  | { readonly type: 'logged' }
  | { readonly type: 'stop' };

export type FromFlowThread =
  | { readonly type: 'listening'; readonly port: number; readonly receiveBufferBytes: number }
  | { readonly type: 'cannot-listen'; readonly message: string }
  | { readonly type: 'window'; readonly window: FlowWindow }
  | { readonly type: 'status'; readonly status: FlowStatus }
  | { readonly type: 'fault'; readonly text: string }
  | { readonly type: 'stopped' };

/** How it stands with flows since the thread's start, at one instant. */
export interface FlowStatus {
  readonly datagrams: number;
  readonly socketErrors: number;
  /** Datagrams that belong to no exporter's stream, by reason. */
  readonly refusals: Partial<RefusalCounts>;
  readonly streams: readonly StreamStatus[];
  readonly streamCount: number;
  /** Datagrams that wait for `holdMs`, and those that waited less for want of room. */
  readonly held: number;
  readonly hurried: number;
  /** Data that waits for its template or sampling rate. */
  readonly heldForTemplateOctets: number;
  readonly addresses: number;
  readonly waitingOverflows: number;
  readonly records: number;
  readonly octets: Readonly<Record<OctetFate, bigint>>;
  /** Octets in the window that is open, and in all that were handed over. */
  readonly openOctets: bigint;
  readonly handedOverOctets: bigint;
  readonly sharedOctets: bigint;
}

export type OctetFate = Exclude<keyof AggregatorCounts, 'records' | 'recordsWithoutOctets'>;

export interface StreamStatus {
  readonly exporter: string;
  readonly name: string;
  readonly version: number;
  readonly domain: number;
  readonly lastReceivedAtMs: number;
  readonly templates: number;
  readonly sequence: SequenceCounts;
  readonly counts: Omit<StreamCounts, 'octets' | 'samplingUnknownOctets'> & {
    readonly octets: bigint;
    readonly samplingUnknownOctets: bigint;
  };
  readonly refusals: Partial<RefusalCounts>;
}
