/**
 * The flow collector: datagrams of NetFlow v5, v9 and IPFIX in, flow records out, exactly what a trusted exporter sent and
 * nothing that anybody else did. No clock, no socket, no logger; a datagram of any content is taken or refused by a counted
 * reason, within bounds of memory and time.
 *
 * One datagram goes: trust (exporter's address) → header → stream (address, version, domain) → sequence, where a duplicate
 * ends → sets or records → delivery (see record-delivery.ts) → sink.
 */
import type { ExporterTable } from './exporters.ts';
import { FlowRecord, type FlowSink, slot } from './flow-record.ts';
import type { MessageTimes } from './flow-times.ts';
import type { HeldBudget, HeldPiece } from './held-data.ts';
import { defaultFlowLimits, type FlowLimits } from './limits.ts';
import { type FlowMemory, memoryOf, restoreStream } from './memory.ts';
import { emptyHeader, readHeader, v5RecordOctets } from './message.ts';
import { RecordDelivery } from './record-delivery.ts';
import { readFixedRecord, readVaryingRecord } from './record-reader.ts';
import { type FlowRefusal, noRefusals, type RefusalCounts } from './refusals.ts';
import { fingerprintOf } from './sequence.ts';
import { FlowStream, type StreamIdentity } from './stream.ts';
import type { Template, TemplatePlan } from './template.ts';
import { readTemplates, type SetBounds } from './template-sets.ts';
import { TotalsTable } from './totals.ts';
import { readV5Record, v5Content } from './v5.ts';

const datagramOctetsMax = 65_535;
const setHeaderOctets = 4;
const dataSetIdMin = 256;

export class FlowCollector {
  /** Datagrams that are of no stream. */
  readonly refusals: RefusalCounts = noRefusals();
  readonly limits: FlowLimits;
  readonly totals: TotalsTable;
  datagrams = 0;
  readonly #exporters: ExporterTable;
  readonly #streams = new Map<string, Map<number, FlowStream>>();
  readonly #heldBudget: HeldBudget;
  #streamCount = 0;
  #nextStreamNumber = 0;

  /** The datagram at hand, copied, so that one view serves all. */
  readonly #octets = new Uint8Array(datagramOctetsMax);
  readonly #view = new DataView(this.#octets.buffer);
  readonly #header = emptyHeader();
  readonly #arrival = { sequence: 0, exportMs: 0, uptimeMs: -1, fingerprint: 0 };
  readonly #times: MessageTimes = { exportMs: 0, uptimeMs: -1, bootMs: 0, receivedAtMs: 0 };
  readonly #record = new FlowRecord();
  readonly #delivery: RecordDelivery;

  constructor(exporters: ExporterTable, limits: Partial<FlowLimits> = {}) {
    this.#exporters = exporters;
    this.limits = { ...defaultFlowLimits, ...limits };
    this.totals = new TotalsTable(this.limits.totalFlowsMax);
    this.#delivery = new RecordDelivery(this.#record, this.totals, this.limits);
    const { heldOctetsMax, heldOctetsMaxPerStream, holdMs } = this.limits;
    this.#heldBudget = { octets: 0, octetsMax: heldOctetsMax, octetsMaxPerStream: heldOctetsMaxPerStream, holdMs };
  }

  /** Takes one datagram of the exporter with that address; its flows go to the sink before this returns. */
  receive(bytes: Uint8Array, exporter: string, receivedAtMs: number, sink: FlowSink): void {
    this.datagrams++;
    const settings = this.#exporters.find(exporter);
    if (settings === null) return this.#refuse('unknown-exporter');
    if (bytes.length > datagramOctetsMax) return this.#refuse('bad-length');
    this.#octets.set(bytes);
    const header = this.#header;
    const refusal = readHeader(this.#view, bytes.length, header);
    if (refusal !== null) return this.#refuse(refusal);
    const stream = this.#streamOf(exporter, receivedAtMs);
    if (stream === null) return this.#refuse('too-many-streams');
    stream.counts.datagrams++;
    stream.lastReceivedAtMs = Math.max(stream.lastReceivedAtMs, receivedAtMs);
    const arrival = this.#arrival;
    arrival.sequence = header.sequence;
    arrival.exportMs = header.exportMs;
    arrival.uptimeMs = header.uptimeMs;
    arrival.fingerprint = fingerprintOf(this.#view, bytes.length);
    if (stream.sequence.arrive(arrival) === 'duplicate') {
      stream.refusals['duplicate-datagram']++;
      return;
    }
    this.#times.exportMs = header.exportMs;
    this.#times.uptimeMs = header.uptimeMs;
    this.#times.bootMs = stream.bootMs;
    this.#times.receivedAtMs = receivedAtMs;
    stream.counts.trailingOctets += bytes.length - header.end;
    stream.refusals['held-expired'] += stream.held.expire(receivedAtMs);
    if (header.version === 5) {
      stream.sequence.advance(this.#readV5(stream, sink));
    } else {
      const records = this.#readSets(stream, sink);
      stream.sequence.advance(header.version === 9 ? 1 : records);
    }
  }

  /** Drops held data that has waited too long; for the times when no datagram comes. */
  expire(nowMs: number): void {
    for (const stream of this.streams()) stream.refusals['held-expired'] += stream.held.expire(nowMs);
  }

  /** All streams that are known, in no particular order. */
  *streams(): Generator<FlowStream> {
    for (const domains of this.#streams.values()) yield* domains.values();
  }

  /** Octets of data that wait, with what keeping them costs. */
  get heldOctets(): number {
    return this.#heldBudget.octets;
  }

  /** Templates, sampling and sequences as plain data, so that a restart loses none of them. */
  memory(): FlowMemory {
    return memoryOf(this.streams());
  }

  /** Takes what `memory` gave, as far as its exporters are still believed and the limits allow. */
  restore(memory: FlowMemory): void {
    for (const kept of memory.streams) {
      const stream = this.#streamFor(kept, kept.lastReceivedAtMs);
      if (stream !== null) restoreStream(stream, kept, this.limits.fieldsMax);
    }
  }

  #refuse(reason: FlowRefusal): void {
    this.refusals[reason]++;
  }

  #streamOf(exporter: string, nowMs: number): FlowStream | null {
    const { version, domain } = this.#header;
    const known = this.#streams.get(exporter)?.get(version * 2 ** 32 + domain);
    return known ?? this.#streamFor({ exporter, version, domain }, nowMs);
  }

  #streamFor(identity: StreamIdentity, nowMs: number): FlowStream | null {
    const settings = this.#exporters.find(identity.exporter);
    if (settings === null) return null;
    if (this.#streamCount >= this.limits.streamsMax && !this.#dropIdle(nowMs)) return null;
    const domains = this.#streams.get(identity.exporter) ?? new Map<number, FlowStream>();
    const key = identity.version * 2 ** 32 + identity.domain;
    const known = domains.get(key);
    if (known !== undefined) return known;
    if (domains.size >= this.limits.streamsMaxPerExporter) return null;
    const stream = new FlowStream(this.#nextStreamNumber++, identity, {
      settings,
      templates: { templatesMax: this.limits.templatesMax, lifetimeMs: this.limits.templateLifetimeMs },
      held: this.#heldBudget,
    });
    domains.set(key, stream);
    this.#streams.set(identity.exporter, domains);
    this.#streamCount++;
    return stream;
  }

  /** True where streams that were silent for long made room. */
  #dropIdle(nowMs: number): boolean {
    for (const [exporter, domains] of this.#streams) {
      for (const [key, stream] of domains) {
        if (nowMs - stream.lastReceivedAtMs <= this.limits.streamIdleMs) continue;
        stream.held.expire(Number.POSITIVE_INFINITY);
        domains.delete(key);
        this.#streamCount--;
      }
      if (domains.size === 0) this.#streams.delete(exporter);
    }
    return this.#streamCount < this.limits.streamsMax;
  }

  #readV5(stream: FlowStream, sink: FlowSink): number {
    const { from, end, samplingInterval } = this.#header;
    stream.sampling.learnInterval(samplingInterval);
    this.#clearRecord();
    for (let at = from; at < end; at += v5RecordOctets) {
      readV5Record(this.#view, at, this.#record);
      this.#delivery.deliver(stream, v5Content, this.#times, sink);
    }
    return (end - from) / v5RecordOctets;
  }

  /** Answers the number of data records, options included, or −1 where it is not known. */
  #readSets(stream: FlowStream, sink: FlowSink): number {
    const { version, end } = this.#header;
    const templateSetId = version === 9 ? 0 : 2;
    let records = 0;
    let at = this.#header.from;
    while (at + setHeaderOctets <= end) {
      const id = this.#view.getUint16(at);
      const length = this.#view.getUint16(at + 2);
      // A set shorter than its header would never end (CVE-like loops of other collectors began here).
      const refusal = length < setHeaderOctets ? 'zero-length-set' : at + length > end ? 'set-overrun' : null;
      if (refusal !== null) {
        stream.refusals[refusal]++;
        return -1;
      }
      const bounds = { from: at + setHeaderOctets, end: at + length };
      if (id >= dataSetIdMin) {
        const read = this.#readDataSet(stream, id, bounds, sink);
        records = read < 0 || records < 0 ? -1 : records + read;
      } else if (id === templateSetId || id === templateSetId + 1) {
        this.#readTemplateSet(stream, id !== templateSetId, bounds, sink);
      } else {
        stream.refusals['reserved-set']++;
      }
      at += length;
    }
    stream.counts.trailingOctets += end - at;
    this.#releaseSampled(stream, sink);
    return records;
  }

  /**
   * Once for all that a datagram tells of sampling: what still waits for a rate is read again each time, and a datagram may
   * have thousands of records that tell one.
   */
  #releaseSampled(stream: FlowStream, sink: FlowSink): void {
    const { changes } = stream.sampling;
    if (changes === stream.releasedChanges) return;
    stream.releasedChanges = changes;
    this.#release(stream, stream.held.takeUnsampled(), sink);
  }

  #readTemplateSet(stream: FlowStream, isOptions: boolean, bounds: SetBounds, sink: FlowSink): void {
    const version = this.#header.version === 9 ? 9 : 10;
    const news = new Set<number>();
    readTemplates(
      this.#view,
      bounds,
      { version, isOptions, fieldsMax: this.limits.fieldsMax },
      {
        template: (plan) => this.#announce(stream, plan, news),
        refused: (reason) => {
          stream.refusals[reason]++;
        },
      },
    );
    for (const id of news) this.#release(stream, stream.held.takeOf(id), sink);
  }

  #announce(stream: FlowStream, plan: TemplatePlan, news: Set<number>): void {
    const announced = stream.templates.announce(plan, this.#times.receivedAtMs);
    if (announced === null) stream.refusals['template-flood']++;
    else if (announced.isNews) news.add(plan.id);
  }

  #readDataSet(stream: FlowStream, id: number, bounds: SetBounds, sink: FlowSink): number {
    const template = stream.templates.find(id, this.#times.receivedAtMs);
    if (template === null) {
      this.#hold(stream, { templateId: id, template: null }, this.#octets.subarray(bounds.from, bounds.end));
      return -1;
    }
    return this.#readRecords(stream, template, { view: this.#view, octets: this.#octets, ...bounds }, sink);
  }

  /** Reads what waited, as if it came now but for its own times. */
  #release(stream: FlowStream, pieces: readonly HeldPiece[], sink: FlowSink): void {
    if (pieces.length === 0) return;
    const now = { ...this.#times };
    for (const { templateId, template, octets, times } of pieces) {
      const known = template ?? stream.templates.find(templateId, now.receivedAtMs);
      if (known === null) continue;
      Object.assign(this.#times, times, { bootMs: stream.bootMs });
      stream.counts.released++;
      const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
      this.#readRecords(stream, known, { view, octets, from: 0, end: octets.length }, sink);
    }
    Object.assign(this.#times, now);
  }

  /** Answers how many records there were, −1 where a fault ended the reading. */
  #readRecords(
    stream: FlowStream,
    template: Template,
    piece: SetBounds & { view: DataView; octets: Uint8Array },
    sink: FlowSink,
  ): number {
    const { view, end } = piece;
    const { recordOctets, isVariable } = template;
    // Nothing would be read, for ever.
    if (recordOctets === 0) {
      stream.refusals['zero-width-record']++;
      return -1;
    }
    this.#clearRecord();
    const { exportMs } = this.#times;
    let records = 0;
    let heldFrom = -1;
    let at = piece.from;
    // What is left behind the last record is padding: shorter than any record (RFC 7011 §3.3.1).
    for (let next: number; at + recordOctets <= end; at = next) {
      if (isVariable) {
        next = readVaryingRecord(view, at, end, template, this.#record, exportMs);
        if (next < 0) {
          stream.refusals['record-overrun']++;
          records = -1;
          break;
        }
      } else {
        next = at + recordOctets;
        readFixedRecord(view, at, template, this.#record, exportMs);
      }
      records++;
      if (template.isOptions) this.#learn(stream, template);
      else if (this.#delivery.deliver(stream, template, this.#times, sink) === 'held') {
        if (heldFrom < 0) heldFrom = at;
        continue;
      }
      if (heldFrom >= 0) this.#hold(stream, { templateId: template.id, template }, piece.octets.subarray(heldFrom, at));
      heldFrom = -1;
    }
    if (heldFrom >= 0) this.#hold(stream, { templateId: template.id, template }, piece.octets.subarray(heldFrom, at));
    return records;
  }

  #hold(stream: FlowStream, what: { templateId: number; template: Template | null }, octets: Uint8Array): void {
    if (stream.held.hold({ ...what, octets, times: this.#times })) stream.counts.held++;
    else stream.refusals['held-overflow']++;
  }

  /** Learns from a record of options what is of use to flows: sampling rates and the boot time. */
  #learn(stream: FlowStream, template: Template): void {
    stream.counts.optionsRecords++;
    const bootMs = this.#record.values[slot.bootMs]!;
    if (bootMs > 0) {
      stream.bootMs = bootMs;
      this.#times.bootMs = bootMs;
    }
    const learned = stream.sampling.learn(this.#record, template);
    if (learned === 'bad-sampling' || learned === 'sampler-flood') stream.refusals[learned]++;
  }

  /** Columns that a template does not fill must not hold another's values. */
  #clearRecord(): void {
    this.#record.values.fill(0);
    this.#record.addresses.fill(0);
  }
}
