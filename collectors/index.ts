/** The public face of the collectors: bytes in, usage records out. */
export type { Datagram, Meter, MeterReading, RecordSource, RecordStatus, Subject, UsageRecord } from './collector.ts';
export { accountingRecord, normalStation } from './radius/accounting.ts';
export { ClientTable, parseAddress, parseCidr, type RadiusClient } from './radius/clients.ts';
export {
  type AccountingPacket,
  accountingResponse,
  type RefusedReason,
  readAccountingRequest,
} from './radius/packet.ts';
