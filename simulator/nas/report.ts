/**
 * What a NAS reports of one session at one moment: the input of the packet encoder, in the words of RFC 2866.
 * Fields are mutable because one object is filled again for every packet of a load run.
 */

/** Acct-Status-Type (RFC 2866 §5.1). */
export const statusStart = 1;
export const statusStop = 2;
export const statusInterim = 3;

export type StatusType = typeof statusStart | typeof statusStop | typeof statusInterim;

export interface AccountingReport {
  status: StatusType;
  userName: string;
  sessionId: string;
  nasIdentifier: string;
  /** IPv4 addresses as 32-bit numbers. */
  nasAddress: number;
  framedAddress: number;
  nasPort: number;
  callingStationId: string;
  calledStationId: string;
  /** Acct-Session-Time, s. */
  sessionSeconds: number;
  /** Event-Timestamp, UTC epoch s (RFC 2869 §5.3). */
  eventSeconds: number;
  /** From the subscriber, B: upload. An exact integer below 2^53. */
  inputOctets: number;
  /** To the subscriber, B: download. An exact integer below 2^53. */
  outputOctets: number;
  inputPackets: number;
  outputPackets: number;
  /** Send Gigawords (RFC 2869 §5.1-5.2). Where octets reach 2^32 they are sent in any case. */
  gigawords: boolean;
  /** Acct-Terminate-Cause of a Stop (RFC 2866 §5.10). */
  terminateCause: number;
}

export function emptyReport(): AccountingReport {
  return {
    status: statusStart,
    userName: '',
    sessionId: '',
    nasIdentifier: '',
    nasAddress: 0,
    framedAddress: 0,
    nasPort: 0,
    callingStationId: '',
    calledStationId: '',
    sessionSeconds: 0,
    eventSeconds: 0,
    inputOctets: 0,
    outputOctets: 0,
    inputPackets: 0,
    outputPackets: 0,
    gigawords: false,
    terminateCause: 1,
  };
}
