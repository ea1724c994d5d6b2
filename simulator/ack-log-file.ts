/** Ack logs as files: compressed where the name ends in `.gz`, which takes a fifth, and never whole in memory. */
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { type AckedRecord, ackLogLines, parseAckLog } from './ack-log.ts';

/** The quickest level: a better one takes several times as long for a third less. */
const compressionLevel = 1;
const pieceCharacters = 65_536;

export async function writeAckLogFile(path: string, records: Iterable<AckedRecord>): Promise<void> {
  const pieces = Readable.from(inPieces(ackLogLines(records)));
  const file = createWriteStream(path);
  if (isCompressed(path)) await pipeline(pieces, createGzip({ level: compressionLevel }), file);
  else await pipeline(pieces, file);
}

/** The records of a file. Throws where it is no whole ack log. */
export async function* readAckLogFile(path: string): AsyncGenerator<AckedRecord> {
  const file = createReadStream(path);
  const octets = isCompressed(path) ? file.pipe(createGunzip()) : file;
  file.on('error', (cause) => octets.destroy(cause));
  yield* parseAckLog(octets.setEncoding('utf8'));
}

function isCompressed(path: string): boolean {
  return path.endsWith('.gz');
}

/** A write a line would cost more than its making. */
function* inPieces(lines: Iterable<string>): Generator<string> {
  let piece = '';
  for (const line of lines) {
    piece += line;
    if (piece.length < pieceCharacters) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}
