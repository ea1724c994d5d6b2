/**
 * The auditor's first half: what was used, worked out from the reports that the server answered, in the order of its
 * answers. It shares no code with the daemon or with rating.
 *
 * A session's counters are cumulative (RFC 2869 §2.1), so its use is the highest value each of them reached. A report
 * *counts* if its session time is higher than any before it in the session; it then adds a **piece**: for each counter what
 * it rose by, placed from the session's last event that counted to its own event, by the device's clock. The first event
 * of a session is its Start; where that was lost or is late, it is the first report's event less its session time. A report
 * that does not count adds nothing: it was overtaken.
 *
 * What the report *told* is not what counts here: a device without Gigawords tells its octets modulo 2^32, and the
 * auditor goes by what went over the line.
 */
import type { Report } from '../population/reports.ts';
import type { Session } from '../population/sessions.ts';

export interface Piece {
  /** UTC epoch s, by the device's clock; `start` ≤ `end`. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly seconds: bigint;
  readonly octetsIn: bigint;
  readonly octetsOut: bigint;
}

interface Heard {
  lastEventSeconds: number;
  seconds: number;
  octetsIn: number;
  octetsOut: number;
}

/** The pieces of each subscriber (by number), in the order in which they were recorded. */
export function piecesBySubscriber(recorded: Iterable<Report>): Map<number, Piece[]> {
  const pieces = new Map<number, Piece[]>();
  const sessions = new Map<Session, Heard>();
  for (const report of recorded) {
    if (report.session === null) continue;
    const { number } = report.session.subscriber;
    const piece = pieceOf(report, report.session, sessions);
    const list = pieces.get(number) ?? [];
    pieces.set(number, list);
    if (piece) list.push(piece);
  }
  return pieces;
}

function pieceOf(report: Report, session: Session, sessions: Map<Session, Heard>): Piece | null {
  const { eventSeconds, seconds, octetsIn, octetsOut } = report;
  const known = sessions.get(session);
  const heard = known ?? { lastEventSeconds: eventSeconds - seconds, seconds: 0, octetsIn: 0, octetsOut: 0 };
  sessions.set(session, heard);
  if (seconds <= heard.seconds) return null;
  const piece: Piece = {
    startSeconds: heard.lastEventSeconds,
    endSeconds: eventSeconds,
    seconds: BigInt(seconds - heard.seconds),
    octetsIn: BigInt(octetsIn - heard.octetsIn),
    octetsOut: BigInt(octetsOut - heard.octetsOut),
  };
  sessions.set(session, { lastEventSeconds: eventSeconds, seconds, octetsIn, octetsOut });
  return piece;
}
