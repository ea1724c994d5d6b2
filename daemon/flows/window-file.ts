/**
 * A window of flows on its way into the log, kept in a file beside it while that takes more than one transaction: whatever
 * dies meanwhile, the next start logs the rest of it (window-logger.ts), so that a window is logged wholly or not at all.
 */
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FlowWindow } from './flow-window.ts';

/** Which window it is: numbers rise within a run of the daemon. */
export interface WindowId {
  readonly run: string;
  readonly number: number;
}

export interface KeptWindow {
  readonly id: WindowId;
  readonly window: FlowWindow;
  /** Of the table that the window's classes are numbers of. */
  readonly classNames: readonly string[];
}

interface Head {
  readonly form: 1;
  readonly id: WindowId;
  readonly classNames: readonly string[];
  readonly count: number;
  readonly waiting: readonly string[];
  readonly sequences: string;
}

/** Columns after the head, all numbers little-endian as this machine's are; eight octets each first, for their alignment. */
const wideColumns = 4;
const narrowColumns = 2;

/** Durable when it resolves, in place of the one before it. */
export async function keepWindow(file: string, { id, window, classNames }: KeptWindow): Promise<void> {
  const { count, waiting, sequences } = window;
  const head = Buffer.from(JSON.stringify({ form: 1, id, classNames, count, waiting, sequences } satisfies Head));
  const length = Buffer.alloc(8);
  length.writeUInt32LE(head.length);
  const half = `${file}.new`;
  const handle = await open(half, 'w', 0o640);
  try {
    const columns = columnsOf(window).map(({ buffer }) => new Uint8Array(buffer));
    for (const part of [length, head, ...columns]) if (part.length > 0) await handle.appendFile(part);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(half, file);
  await syncFolder(file);
}

/** Null where none is kept. @throws Error for a file that is damaged */
export async function keptWindow(file: string): Promise<KeptWindow | null> {
  let octets: Uint8Array<ArrayBuffer>;
  try {
    octets = new Uint8Array(await readFile(file));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
  try {
    return windowIn(octets);
  } catch (cause) {
    throw new Error(`${file} has no window of flows in a form that is known`, { cause });
  }
}

/** Durably gone when it resolves. */
export async function forgetWindow(file: string): Promise<void> {
  await rm(file, { force: true });
  await syncFolder(file);
}

function windowIn(octets: Uint8Array<ArrayBuffer>): KeptWindow {
  const headLength = new DataView(octets.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(octets.subarray(8, 8 + headLength))) as Head;
  const { form, id, classNames, count, waiting, sequences } = head;
  const from = 8 + headLength;
  const expected = from + count * (8 * wideColumns + 4 * narrowColumns);
  if (form !== 1 || octets.length !== expected) throw new Error(`${octets.length} octets, ${expected} expected`);
  const { buffer } = octets;
  const wide = (column: number) => buffer.slice(from + 8 * count * column, from + 8 * count * (column + 1));
  const narrowFrom = from + 8 * count * wideColumns;
  const narrow = (column: number) =>
    buffer.slice(narrowFrom + 4 * count * column, narrowFrom + 4 * count * (column + 1));
  const window: FlowWindow = {
    ...{ count, waiting, sequences },
    startMs: new Float64Array(wide(0)),
    endMs: new Float64Array(wide(1)),
    octetsIn: new BigUint64Array(wide(2)),
    octetsOut: new BigUint64Array(wide(3)),
    subjects: new Int32Array(narrow(0)),
    classes: new Int32Array(narrow(1)),
  };
  return { id, window, classNames };
}

function columnsOf({ startMs, endMs, octetsIn, octetsOut, subjects, classes }: FlowWindow) {
  return [startMs, endMs, octetsIn, octetsOut, subjects, classes];
}

/** A name in a folder is durable when the folder is. */
async function syncFolder(file: string): Promise<void> {
  const handle = await open(dirname(file), 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
