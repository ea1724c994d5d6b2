/**
 * The segment that comes after the one in use, made in good time: piece by piece as that fills, each synced, so that
 * neither a device nor the disk waits for a whole file at once. It has its name when it is complete. What fails, since the
 * disk is full, is tried again from where it stopped.
 */
import { closeSync, existsSync, fsyncSync, openSync, statSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { segmentHead, segmentHeadOctets, segmentPath } from './segment.ts';

const pieceOctets = 256 * 1024;
/** Pieces that it is ahead of the segment in use. */
const piecesAhead = 4;
const zeros = Buffer.alloc(pieceOctets);

export class NextSegment {
  serial: number;
  readonly #folder: string;
  readonly #instanceId: string;
  readonly #usualOctets: number;
  /** Of the file in the making, null where there is none. */
  #file: FileHandle | null = null;
  #filled = 0;
  #isMade = false;
  #working: Promise<void> | null = null;

  constructor(folder: string, instanceId: string, serial: number, usualOctets: number) {
    this.#folder = folder;
    this.#instanceId = instanceId;
    this.#usualOctets = usualOctets;
    this.serial = serial;
    // One that was complete when the daemon ended.
    this.#isMade = existsSync(segmentPath(folder, serial));
  }

  /** Does another piece in the background, if it is behind the segment in use, of which `used` octets are taken. */
  keepAheadOf(used: number): void {
    if (this.#working !== null || this.#isMade) return;
    const wanted = Math.min(used + piecesAhead * pieceOctets, this.#usualOctets);
    if (this.#filled >= wanted) return;
    // Where it fails, `finished` does too, to which it matters.
    this.#working = this.#doPiece(this.#usualOctets)
      .catch(() => undefined)
      .finally(() => {
        this.#working = null;
      });
  }

  /** Resolves with its path when it is complete, with room for a frame of so many octets. */
  async finished(frameOctets: number): Promise<string> {
    await this.#working;
    const path = segmentPath(this.#folder, this.serial);
    const octetsMin = segmentHeadOctets + frameOctets;
    if (this.#isMade && (!existsSync(path) || statSync(path).size < octetsMin)) {
      await rm(path, { force: true });
      this.#isMade = false;
    }
    while (!this.#isMade) await this.#doPiece(Math.max(octetsMin, this.#usualOctets));
    return path;
  }

  /** It is in use; the one after it is next. */
  taken(): void {
    this.serial++;
    this.#isMade = existsSync(segmentPath(this.#folder, this.serial));
  }

  async close(): Promise<void> {
    await this.#working;
    await this.#file?.close();
    this.#file = null;
    this.#filled = 0;
  }

  async #doPiece(octets: number): Promise<void> {
    const making = join(this.#folder, 'next');
    this.#file ??= await open(making, 'w');
    if (this.#filled < octets) {
      const length = Math.min(pieceOctets, octets - this.#filled);
      const { bytesWritten } = await this.#file.write(zeros, 0, length, this.#filled);
      await this.#file.datasync();
      this.#filled += bytesWritten;
      return;
    }
    const head = segmentHead(this.#instanceId);
    await this.#file.write(head, 0, head.length, 0);
    await this.#file.sync();
    const file = this.#file;
    this.#file = null;
    this.#filled = 0;
    await file.close();
    await rename(making, segmentPath(this.#folder, this.serial));
    syncFolder(this.#folder);
    this.#isMade = true;
  }
}

/** Makes names in a folder durable. */
export function syncFolder(folder: string): void {
  const file = openSync(folder, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
