/**
 * The ack log: every accounting record the server has answered, and is therefore answerable for (RFC 2866 §2). What
 * it holds must be on the bills, to the octet, whatever happens to the server afterwards.
 *
 * As a file: CSV with a header, one line per record. Session ids and logins hold no comma or quote.
 */

export interface AckedRecord {
  readonly session: string;
  readonly user: string;
  readonly nas: string;
  readonly status: 'start' | 'interim' | 'stop';
  /** Event-Timestamp, UTC epoch s. */
  readonly eventSeconds: number;
  /** Acct-Session-Time, s, cumulative. */
  readonly sessionSeconds: number;
  /** Cumulative, as the subscriber sees them: in = download = Acct-Output-Octets. */
  readonly octetsIn: bigint;
  readonly octetsOut: bigint;
}

const header = 'session,user,nas,status,eventSeconds,sessionSeconds,octetsIn,octetsOut';

/** The lines of an ack log file, header first, each with its line feed. */
export function* ackLogLines(records: Iterable<AckedRecord>): Generator<string> {
  yield `${header}\n`;
  for (const r of records) {
    yield `${r.session},${r.user},${r.nas},${r.status},${r.eventSeconds},${r.sessionSeconds},${r.octetsIn},${r.octetsOut}\n`;
  }
}

/**
 * Reads what `ackLogLines` wrote, from pieces of it that may end anywhere: what is held is a piece, not the log. Throws
 * on anything else, a last line that is cut off included: a wrong ack log makes a wrong audit.
 */
export async function* parseAckLog(pieces: Iterable<string> | AsyncIterable<string>): AsyncGenerator<AckedRecord> {
  let lineNumber = 0;
  let unfinished = '';
  for await (const piece of pieces) {
    const lines = (unfinished + piece).split('\n');
    unfinished = lines.pop()!;
    for (const line of lines) {
      lineNumber++;
      if (lineNumber > 1) yield recordOf(line, lineNumber);
      else if (line !== header) throw new Error('not an ack log: the first line is not its header');
    }
  }
  if (lineNumber === 0) throw new Error('not an ack log: its header is missing');
  if (unfinished !== '') throw new Error(`ack log line ${lineNumber + 1}: cut off: ${unfinished}`);
}

function recordOf(line: string, lineNumber: number): AckedRecord {
  const fields = line.split(',');
  const status = fields[3];
  if (fields.length !== 8 || (status !== 'start' && status !== 'interim' && status !== 'stop')) {
    throw new Error(`ack log line ${lineNumber}: not a record: ${line}`);
  }
  return {
    session: fields[0]!,
    user: fields[1]!,
    nas: fields[2]!,
    status,
    eventSeconds: Number(fields[4]),
    sessionSeconds: Number(fields[5]),
    octetsIn: BigInt(fields[6]!),
    octetsOut: BigInt(fields[7]!),
  };
}
