/** The public face of the collectors: bytes in, usage records out. */
export {
  chargeFutureMs,
  type EventContext,
  type EventRead,
  type EventRefusal,
  eventIdentity,
  readUsageEvent,
  usageEventType,
} from './cloud-events/usage-event.ts';
export {
  type Datagram,
  type Meter,
  type MeterReading,
  type PricedUsage,
  type RecordSource,
  type RecordStatus,
  type Subject,
  type UsageRecord,
  useQuantityMax,
} from './collector.ts';
export {
  afterGap,
  emptySequence,
  type InstantIpContradiction,
  type InstantIpSequence,
  nextInSequence,
} from './instant-ip/consistency.ts';
export { type InstantIpField, type InstantIpFieldName, instantIpFields } from './instant-ip/fields.ts';
export { isZone, printMoment } from './instant-ip/moment.ts';
export {
  type InstantIpEntry,
  type InstantIpFault,
  InstantIpReader,
  type InstantIpReaderOptions,
  type InstantIpWarning,
  instantIpFaultText,
  instantIpWarningText,
} from './instant-ip/reader.ts';
export {
  checkInstantIpRecord,
  type InstantIpCheck,
  type InstantIpCheckOptions,
  type InstantIpForm,
  type InstantIpProblem,
  type InstantIpRecord,
  type InstantIpRemark,
} from './instant-ip/record.ts';
export { parseThousandths, printThousandths } from './instant-ip/thousandths.ts';
export { instantIpCsvHeader, instantIpTexts, writeInstantIpRecord } from './instant-ip/writer.ts';
export type { Cells } from './netflow/cells.ts';
export { addressToWords, type ExporterSettings, ExporterTable, wordsToAddress } from './netflow/exporters.ts';
export {
  type AggregatorCounts,
  type AggregatorOptions,
  FlowAggregator,
  type SubjectFinder,
  waitingSubject,
} from './netflow/flow-aggregator.ts';
export { FlowCollector } from './netflow/flow-collector.ts';
export { addressAt, FlowRecord, type FlowSink, slot as flowSlot } from './netflow/flow-record.ts';
export { defaultFlowLimits, type FlowLimits } from './netflow/limits.ts';
export { type FlowMemory, flowMemoryFrom } from './netflow/memory.ts';
export { type MeteringPoint, MeteringPoints } from './netflow/metering-points.ts';
export { OctetCounter } from './netflow/octet-counter.ts';
export { PrefixTable } from './netflow/prefix-table.ts';
export { type FlowRefusal, flowRefusals, type RefusalCounts } from './netflow/refusals.ts';
export type { SamplingSettings } from './netflow/sampling.ts';
export type { SequenceCounts } from './netflow/sequence.ts';
export type { FlowStream, StreamCounts } from './netflow/stream.ts';
export { type ClassRule, TrafficClasses } from './netflow/traffic-classes.ts';
export { accountingRecord, meterOfCounter, normalStation, type SeparateIpv6Octets } from './radius/accounting.ts';
export { ClientTable, parseAddress, parseCidr, type RadiusClient } from './radius/clients.ts';
export { attributesMax } from './radius/described.ts';
export { builtInDictionaries } from './radius/dictionaries/built-in.ts';
export type { Dictionary } from './radius/dictionary.ts';
export { type DictionaryProblem, readDictionaries } from './radius/dictionary-reader.ts';
export {
  type AccountingPacket,
  accountingResponse,
  type RefusedReason,
  readAccountingRequest,
} from './radius/packet.ts';
