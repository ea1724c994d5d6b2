/** What is known of flows as the health page shows it, and what is wrong with it in a sentence. Pure. */
import type { FlowExporterView, FlowHealthView } from '../contract/flows.ts';
import type { FlowStatus, StreamStatus } from './flow-messages.ts';
import type { WindowCounts } from './window-logger.ts';

export interface FlowHealthInputs {
  readonly port: number;
  readonly receiveBufferBytes: number | null;
  readonly receiveBufferAskedBytes: number;
  readonly kernelDrops: number | null;
  readonly listening: boolean;
  readonly threadRestarts: number;
  readonly status: FlowStatus;
  /** As they were when the status came. */
  readonly counts: WindowCounts;
}

export function flowHealth(inputs: FlowHealthInputs): FlowHealthView {
  const { status, counts, port, receiveBufferBytes, receiveBufferAskedBytes, kernelDrops, listening, threadRestarts } =
    inputs;
  const { octets } = status;
  const accounted =
    octets.metered + octets.suspended + octets.elsewhere + octets.unguided + octets.dropped + octets.refused;
  const summed = octets.metered + octets.suspended + octets.bothEnds;
  const logged = counts.logged + counts.suspended;
  // Each part of the way by itself, so that no two faults cancel out.
  const faults = [
    octets.received - accounted,
    summed - status.openOctets - status.handedOverOctets,
    status.handedOverOctets - counts.received,
  ];
  const difference = faults.find((fault) => fault !== 0n) ?? 0n;
  return {
    ...{ port, receiveBufferBytes, receiveBufferAskedBytes, kernelDrops, listening, threadRestarts },
    datagrams: status.datagrams,
    records: status.records,
    held: status.held,
    hurried: status.hurried,
    heldForTemplateOctets: status.heldForTemplateOctets,
    addresses: status.addresses,
    windows: counts.windows,
    entries: counts.entries,
    octets: {
      received: String(octets.received),
      billed: String(octets.metered),
      suspended: String(octets.suspended),
      elsewhere: String(octets.elsewhere),
      unguided: String(octets.unguided),
      dropped: String(octets.dropped),
      refused: String(octets.refused + counts.refused),
      bothEnds: String(octets.bothEnds),
      waiting: String(summed - logged - counts.refused),
      logged: String(logged),
      shared: String(status.sharedOctets),
      difference: String(difference),
    },
    refused: refusedOf(status),
    exporterCount: status.streamCount,
    exporters: status.streams.map(exporterView),
  };
}

/** The first thing about flows that calls for somebody, or null. */
export function flowTrouble(flows: FlowHealthView): { readonly critical: boolean; readonly summary: string } | null {
  const warning = (summary: string) => ({ critical: false, summary });
  if (flows.octets.difference !== '0') {
    return { critical: true, summary: `${flows.octets.difference} octets of flows are unaccounted for.` };
  }
  if (!flows.listening) return { critical: true, summary: 'The flow thread has ended: flows are not received.' };
  if ((flows.kernelDrops ?? 0) > 0) {
    return warning(
      `The kernel has dropped ${flows.kernelDrops} datagrams of flows: enlarge netflow.receiveBufferBytes.`,
    );
  }
  if (flows.octets.refused !== '0') {
    return warning(`${flows.octets.refused} octets of flows were refused for want of room.`);
  }
  const sparse = flows.exporters.find(({ missing }) => missing > 0);
  if (sparse) {
    return warning(
      `Exporter ${sparse.exporter} sent ${sparse.missing} ${sparse.missingUnit} that did not come: they can't be billed.`,
    );
  }
  const unknown = flows.exporters.find(({ samplingUnknownOctets }) => samplingUnknownOctets !== '0');
  if (unknown) {
    return warning(
      `Nothing tells the sampling rate of exporter ${unknown.exporter}: ${unknown.samplingUnknownOctets} octets were taken as they are.`,
    );
  }
  return null;
}

function refusedOf({ refusals, streams }: FlowStatus): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const counted of [refusals, ...streams.map((stream) => stream.refusals)]) {
    for (const [reason, count] of Object.entries(counted)) sums[reason] = (sums[reason] ?? 0) + count;
  }
  return sums;
}

function exporterView(stream: StreamStatus): FlowExporterView {
  const { exporter, name, version, domain, lastReceivedAtMs, templates, sequence, counts, refusals } = stream;
  return {
    ...{ exporter, name, domain, lastReceivedAtMs, templates },
    format: version === 5 ? 'NetFlow v5' : version === 9 ? 'NetFlow v9' : 'IPFIX',
    datagrams: counts.datagrams,
    records: counts.records,
    octets: String(counts.octets),
    missing: sequence.missing,
    missingAtRestart: sequence.missingAtRestore,
    missingUnit: version === 9 ? 'datagrams' : 'records',
    duplicates: sequence.duplicates,
    reordered: sequence.reordered,
    restarts: sequence.restarts,
    samplingUnknownOctets: String(counts.samplingUnknownOctets),
    timesMoved: counts.timesMoved,
    refused: Object.values(refusals).reduce((sum, count) => sum + count, 0),
  };
}
