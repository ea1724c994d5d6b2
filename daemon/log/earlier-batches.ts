/**
 * A usage log of before it had segments kept its batches in a table of the index's file. Here they become segments, once:
 * the table is dropped when all of them are durable, and what a crash left of an earlier try is written anew.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { frameOctetsMax, writeFrame } from './frame.ts';
import { syncFolder } from './next-segment.ts';
import { saltOf, segmentHead, segmentPath } from './segment.ts';

export interface EarlierBatch {
  readonly last_position: number;
  readonly entry_count: number;
  readonly appended_ms: number;
  /** As `encodeEntries` wrote them. */
  readonly entries: string;
}

export function writeEarlierBatches(
  batches: Iterable<EarlierBatch>,
  folder: string,
  { instanceId, segmentOctets }: { readonly instanceId: string; readonly segmentOctets: number },
): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  const making = join(folder, 'next');
  const salt = saltOf(instanceId);
  let file: number | null = null;
  let written = 0;
  let serial = 0;
  let number = 0;
  const put = (octets: Buffer): void => {
    const count = writeSync(file!, octets);
    // On a full disk part of it may be, without an error.
    if (count !== octets.length) throw new Error(`${count} of ${octets.length} octets were written to ${making}`);
    written += count;
  };
  const finish = (): void => {
    if (file === null) return;
    fsyncSync(file);
    closeSync(file);
    renameSync(making, segmentPath(folder, ++serial));
    file = null;
  };
  for (const batch of batches) {
    const texts = { entries: batch.entries, aside: '' };
    const buffer = Buffer.allocUnsafe(frameOctetsMax(texts));
    const head = {
      number: ++number,
      lastPosition: batch.last_position,
      entryCount: batch.entry_count,
      lastAside: 0,
      appendedMs: batch.appended_ms,
    };
    const octets = writeFrame(buffer, salt, head, texts);
    if (file === null) {
      file = openSync(making, 'w');
      written = 0;
      put(segmentHead(instanceId));
    }
    put(buffer.subarray(0, octets));
    if (written >= segmentOctets) finish();
  }
  finish();
  syncFolder(folder);
}
