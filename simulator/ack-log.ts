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

/** Reads what `ackLogLines` wrote. Throws on anything else: a wrong ack log makes a wrong audit. */
export function* parseAckLog(text: string): Generator<AckedRecord> {
  const lines = text.split('\n');
  if (lines[0] !== header) throw new Error('not an ack log: the first line is not its header');
  for (let index = 1; index < lines.length; index++) {
    const line = lines[index]!;
    if (line === '') continue;
    const fields = line.split(',');
    const status = fields[3];
    if (fields.length !== 8 || (status !== 'start' && status !== 'interim' && status !== 'stop')) {
      throw new Error(`ack log line ${index + 1}: not a record: ${line}`);
    }
    yield {
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
}
