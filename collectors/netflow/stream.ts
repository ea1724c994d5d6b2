/** All that is known of one exporter's observation domain (v9: source id, v5: engine) in one version. */
import type { ExporterSettings } from './exporters.ts';
import type { TimeCounts } from './flow-times.ts';
import { type HeldBudget, HeldData } from './held-data.ts';
import type { FlowVersion } from './message.ts';
import { OctetCounter } from './octet-counter.ts';
import { noRefusals, type RefusalCounts } from './refusals.ts';
import { Sampling } from './sampling.ts';
import { SequenceTracker } from './sequence.ts';
import { type TemplateLimits, TemplateTable } from './template-table.ts';

export interface StreamCounts extends TimeCounts {
  datagrams: number;
  /** Flow records handed on; a biflow makes two. */
  records: number;
  /** Octets handed on, scaled. */
  readonly octets: OctetCounter;
  optionsRecords: number;
  /** Records handed on as they are, because nothing tells their sampling rate, and their octets. */
  samplingUnknown: number;
  readonly samplingUnknownOctets: OctetCounter;
  /** Pieces of data that had to wait for a template or a rate, and those that were decoded after it. */
  held: number;
  released: number;
  /** Octets behind the last set, or behind the length that the header tells. */
  trailingOctets: number;
}

export interface StreamIdentity {
  readonly exporter: string;
  readonly version: FlowVersion;
  readonly domain: number;
}

export class FlowStream {
  /** Counts up from 0 in order of appearance and is never given twice by one collector. */
  readonly number: number;
  readonly exporter: string;
  readonly version: FlowVersion;
  readonly domain: number;
  readonly settings: ExporterSettings;
  readonly templates: TemplateTable;
  readonly sequence = new SequenceTracker();
  readonly sampling: Sampling;
  readonly held: HeldData;
  readonly refusals: RefusalCounts = noRefusals();
  readonly counts: StreamCounts = {
    datagrams: 0,
    records: 0,
    octets: new OctetCounter(),
    optionsRecords: 0,
    samplingUnknown: 0,
    samplingUnknownOctets: new OctetCounter(),
    held: 0,
    released: 0,
    trailingOctets: 0,
    timesAssumed: 0,
    timesSwapped: 0,
    timesMoved: 0,
    durationsCut: 0,
  };
  /** Boot time that options told (element 160), UTC epoch ms, or 0. */
  bootMs = 0;
  lastReceivedAtMs = 0;
  /** `sampling.changes` when what waits for a rate was looked through. */
  releasedChanges = 0;

  constructor(
    number: number,
    { exporter, version, domain }: StreamIdentity,
    { settings, templates, held }: { settings: ExporterSettings; templates: TemplateLimits; held: HeldBudget },
  ) {
    this.number = number;
    this.exporter = exporter;
    this.version = version;
    this.domain = domain;
    this.settings = settings;
    this.templates = new TemplateTable(templates);
    this.sampling = new Sampling(settings.sampling);
    this.held = new HeldData(held);
  }
}
