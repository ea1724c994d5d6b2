/** Turns a NAS's report into the ack log's words: in and out as the subscriber sees them (DESIGN §2). */
import type { AckedRecord } from '../ack-log.ts';
import { type AccountingReport, statusStart, statusStop } from './report.ts';

export function ackedRecord(report: AccountingReport): AckedRecord {
  return {
    session: report.sessionId,
    user: report.userName,
    nas: report.nasIdentifier,
    status: report.status === statusStart ? 'start' : report.status === statusStop ? 'stop' : 'interim',
    eventSeconds: report.eventSeconds,
    sessionSeconds: report.sessionSeconds,
    // Acct-Output-Octets go to the subscriber: their "in".
    octetsIn: BigInt(report.outputOctets),
    octetsOut: BigInt(report.inputOctets),
  };
}
