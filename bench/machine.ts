/** The machine's facts without which figures mean nothing. */
import { open, readFile } from 'node:fs/promises';
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';

const syncCount = 200;
const syncOctets = 4096;

export async function machineFacts(folder: string): Promise<string[]> {
  const processors = cpus();
  const sync = await syncLatency(join(folder, 'fsync-probe'));
  const receiveBufferMax = (await readFile('/proc/sys/net/core/rmem_max', 'utf8').catch(() => '?')).trim();
  return [
    `machine: ${processors.length} × ${processors[0]?.model ?? 'unknown CPU'}, Linux ${release()}, Node ${process.version}`,
    `fdatasync of ${syncOctets} B appended: median ${sync.medianMs.toFixed(2)} ms, p99 ${sync.p99Ms.toFixed(2)} ms (${folder})`,
    `load average before the run: ${loadavg()[0]!.toFixed(2)} (anything but 0 is other work on the same cores)`,
    `net.core.rmem_max: ${receiveBufferMax} B`,
  ];
}

async function syncLatency(file: string): Promise<{ medianMs: number; p99Ms: number }> {
  const handle = await open(file, 'w');
  const block = Buffer.alloc(syncOctets, 0xa5);
  const tookMs: number[] = [];
  try {
    for (let n = 0; n < syncCount; n++) {
      await handle.write(block);
      const before = performance.now();
      await handle.datasync();
      tookMs.push(performance.now() - before);
    }
  } finally {
    await handle.close();
  }
  tookMs.sort((left, right) => left - right);
  return { medianMs: tookMs[syncCount / 2]!, p99Ms: tookMs[Math.ceil(syncCount * 0.99) - 1]! };
}
