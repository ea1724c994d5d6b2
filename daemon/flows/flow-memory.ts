/**
 * What the flow thread must not forget: templates and sampling rates in a file beside the log, written when they change;
 * and how far each exporter's numbering has been taken into windows, which goes into the log with each window, so that
 * after a crash the exporters' own numbers tell what it cost.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { type FlowCollector, type FlowMemory, flowMemoryFrom } from '../../collectors/index.ts';

const fileOctetsMax = 256 * 1024 * 1024;

type SequenceRow = readonly [
  exporter: string,
  version: number,
  domain: number,
  expected: number,
  exportMs: number,
  uptimeMs: number,
];

/** Numbering of all streams as text. */
export function sequencesOf(collector: FlowCollector): string {
  const rows: SequenceRow[] = [];
  for (const { exporter, version, domain, sequence } of collector.streams()) {
    const state = sequence.state();
    if (state !== null) rows.push([exporter, version, domain, state.expected, state.exportMs, state.uptimeMs]);
  }
  return JSON.stringify(rows);
}

/** Takes up the templates of the file with the numbering of the log. Answers what could not be read, or null. */
export function restoreFlows(collector: FlowCollector, file: string, sequences: string | null): string | null {
  const { memory, fault } = readMemory(file);
  const numbering = new Map(
    sequenceRows(sequences).map((row) => [
      streamKey(row[0], row[1], row[2]),
      { expected: row[3], exportMs: row[4], uptimeMs: row[5] },
    ]),
  );
  const streams = (memory?.streams ?? []).map((stream) => {
    const key = streamKey(stream.exporter, stream.version, stream.domain);
    const sequence = numbering.get(key) ?? null;
    numbering.delete(key);
    return { ...stream, sequence };
  });
  // Exporters that never announced anything: v5 has no templates.
  for (const [key, sequence] of numbering) {
    const [exporter, version, domain] = JSON.parse(key) as [string, 5 | 9 | 10, number];
    const { exportMs } = sequence;
    streams.push({
      exporter,
      version,
      domain,
      lastReceivedAtMs: exportMs,
      bootMs: 0,
      sequence,
      samplers: [],
      templates: [],
    });
  }
  collector.restore({ form: 1, streams });
  return fault;
}

/** Writes all or nothing. */
export function writeMemory(collector: FlowCollector, file: string): void {
  const half = `${file}.new`;
  const handle = openSync(half, 'w', 0o640);
  try {
    writeSync(handle, JSON.stringify(collector.memory()));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(half, file);
}

/** Rises whenever there is something new to write. */
export function memoryVersion(collector: FlowCollector): number {
  let version = 0;
  for (const { templates, sampling, number } of collector.streams()) {
    version += number + templates.counts.learned + templates.counts.redefined + sampling.changes;
  }
  return version;
}

function readMemory(file: string): { memory: FlowMemory | null; fault: string | null } {
  try {
    const { size } = statSync(file);
    if (size > fileOctetsMax) return { memory: null, fault: `${file} has ${size} octets, more than any of ours` };
    const memory = flowMemoryFrom(JSON.parse(readFileSync(file, 'utf8')));
    return { memory, fault: memory === null ? `${file} has no memory of flows in a form that is known` : null };
  } catch (cause) {
    const isNew = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    return { memory: null, fault: isNew ? null : `${file}: ${(cause as Error).message}` };
  }
}

/** Of our own log, but it may be that of another version. */
function sequenceRows(text: string | null): SequenceRow[] {
  if (text === null) return [];
  const rows = JSON.parse(text) as unknown;
  if (!Array.isArray(rows)) return [];
  return rows.filter(
    (row): row is SequenceRow =>
      Array.isArray(row) && row.length === 6 && typeof row[0] === 'string' && row.slice(1).every(Number.isFinite),
  );
}

function streamKey(exporter: string, version: number, domain: number): string {
  return JSON.stringify([exporter, version, domain]);
}
