/** The machine's facts without which figures mean nothing. */
import { open, readFile } from 'node:fs/promises';
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const syncCount = 200;
const syncOctets = 4096;
const pausesSoughtMs = 3_000;
/** A sync that takes longer is a pause of the disk: devices wait that long at most, in 99 of 100 cases, by our goal. */
const pauseMs = 5;

export async function machineFacts(folder: string): Promise<string[]> {
  const processors = cpus();
  const sync = await syncLatency(join(folder, 'fsync-probe'));
  const receiveBufferMax = (await readFile('/proc/sys/net/core/rmem_max', 'utf8').catch(() => '?')).trim();
  return [
    `machine: ${processors.length} × ${processors[0]?.model ?? 'unknown CPU'}, Linux ${release()}, Node ${process.version}`,
    `fdatasync of ${syncOctets} B appended: median ${sync.medianMs.toFixed(2)} ms, p99 ${sync.p99Ms.toFixed(2)} ms (${folder})`,
    `the disk alone kept whoever came at any instant of ${pausesSoughtMs / 1_000} s waiting for more than ${pauseMs} ms in ${(sync.pausing * 100).toFixed(1)} % of cases`,
    `load average before the run: ${loadavg()[0]!.toFixed(2)} (anything but 0 is other work on the same cores)`,
    `net.core.rmem_max: ${receiveBufferMax} B`,
  ];
}

interface SyncLatency {
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Share of the time in which a sync was under way that took more than `pauseMs` still. */
  readonly pausing: number;
}

async function syncLatency(file: string): Promise<SyncLatency> {
  const handle = await open(file, 'w');
  const block = Buffer.alloc(syncOctets, 0xa5);
  const sync = async (): Promise<number> => {
    await handle.write(block);
    const before = performance.now();
    await handle.datasync();
    return performance.now() - before;
  };
  try {
    const tookMs: number[] = [];
    for (let n = 0; n < syncCount; n++) tookMs.push(await sync());
    tookMs.sort((left, right) => left - right);
    const beganMs = performance.now();
    let pausedMs = 0;
    while (performance.now() - beganMs < pausesSoughtMs) {
      pausedMs += Math.max(0, (await sync()) - pauseMs);
      await pause(1);
    }
    const pausing = pausedMs / (performance.now() - beganMs);
    return { medianMs: tookMs[syncCount / 2]!, p99Ms: tookMs[Math.ceil(syncCount * 0.99) - 1]!, pausing };
  } finally {
    await handle.close();
  }
}
