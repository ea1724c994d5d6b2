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
export type {
  Datagram,
  Meter,
  MeterReading,
  PricedUsage,
  RecordSource,
  RecordStatus,
  Subject,
  UsageRecord,
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
export { accountingRecord, meterOfCounter, normalStation, type SeparateIpv6Octets } from './radius/accounting.ts';
export { ClientTable, parseAddress, parseCidr, type RadiusClient } from './radius/clients.ts';
export { attributesMax } from './radius/described.ts';
export { builtInDictionaries } from './radius/dictionaries/built-in.ts';
export { type Dictionary, type DictionaryProblem, readDictionaries } from './radius/dictionary.ts';
export {
  type AccountingPacket,
  accountingResponse,
  type RefusedReason,
  readAccountingRequest,
} from './radius/packet.ts';
