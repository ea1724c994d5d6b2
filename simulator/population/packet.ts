/** One report as an Accounting-Request (RFC 2866 §4.1) in the words of its device's vendor, signed. */
import { putInteger, putText, type Signing, sign } from '../nas/request.ts';
import type { Report, ReportKind } from './reports.ts';
import type { Session } from './sessions.ts';
import { putOctets, type Told, vendors } from './vendors.ts';

/** Acct-Status-Type (RFC 2866 §5.1). */
const statusOf: Readonly<Record<ReportKind, number>> = {
  start: 1,
  stop: 2,
  interim: 3,
  'accounting-on': 7,
  'accounting-off': 8,
};

export interface Sending {
  readonly identifier: number;
  /** Acct-Delay-Time, s: how long the device has been trying. */
  readonly delaySeconds: number;
  readonly signing: Signing;
}

/** Encodes and signs `report` at the start of `target`, which holds `requestOctetsMax`; answers the packet's length. */
export function encodeReport(report: Report, target: Buffer, { identifier, delaySeconds, signing }: Sending): number {
  const { device, session, kind } = report;
  target[0] = 4;
  target[1] = identifier;
  target.fill(0, 4, 20);
  let at = putInteger(target, 20, 40, statusOf[kind]);
  at = putText(target, at, 32, device.identifier);
  at = putInteger(target, at, 4, device.address);
  at = putInteger(target, at, 41, delaySeconds);
  at = putInteger(target, at, 55, report.eventSeconds);
  // RFC 2866 §5.5: every Accounting-Request has an Acct-Session-Id; a device's own tells nothing.
  if (session === null) return sign(target, putText(target, at, 44, '00000000'), signing);
  return sign(target, putSession(report, session, target, at), signing);
}

function putSession(report: Report, session: Session, target: Buffer, start: number): number {
  const { subscriber, line, port, id } = session;
  const vendor = vendors[report.device.vendor];
  const place = subscriber.number * 4 + line;
  const told: Told = {
    login: subscriber.login,
    line: place,
    port,
    inputOctets: report.octetsOut,
    outputOctets: report.octetsIn,
    counts: report.kind !== 'start',
  };
  let at = putText(target, start, 1, subscriber.login);
  at = putText(target, at, 44, id);
  at = putInteger(target, at, 5, port);
  at = putInteger(target, at, 61, 15); // NAS-Port-Type Ethernet
  at = putInteger(target, at, 6, 2); // Service-Type Framed
  at = putInteger(target, at, 7, 1); // Framed-Protocol PPP
  at = putInteger(target, at, 8, (0x6440_0000 + place) >>> 0); // Framed-IP-Address of 100.64.0.0/10
  at = putText(target, at, 31, vendor.station(`02${place.toString(16).padStart(10, '0')}`));
  at = putInteger(target, at, 45, 1); // Acct-Authentic RADIUS
  if (told.counts) {
    at = putInteger(target, at, 46, report.seconds);
    at = putOctets(target, at, vendor, told);
  }
  at = vendor.putOwn(target, at, told);
  return report.kind === 'stop' ? putInteger(target, at, 49, 1) : at; // Acct-Terminate-Cause User-Request
}
