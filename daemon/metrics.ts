/** Prometheus metrics: read from the counters when asked, so that the hot path pays nothing for them. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { FlowHealthView } from './contract/flows.ts';
import type { CollectorCounters } from './counters.ts';
import { makeFlowMetrics } from './flows/flow-metrics.ts';
import type { AddressHolders } from './mediation/address-holders.ts';
import type { RadiusListener } from './net/radius-listener.ts';
import type { PartitionProgress } from './store/store.ts';

export interface MetricSources {
  readonly collectors: readonly CollectorCounters[];
  readonly progress: () => PartitionProgress | null;
  readonly lastPosition: () => number;
  readonly suspended: () => Promise<number>;
  readonly logWritable: () => boolean;
  readonly raterFaulty: () => boolean;
  /** Times that use went beyond what a plan allows, since the start. */
  readonly flagged: () => number;
  readonly clockDifferenceMs: () => number;
  readonly radius: RadiusListener;
  readonly addresses: Pick<AddressHolders, 'holdings' | 'conflicts' | 'overflows'>;
  /** Null where nothing listens for flows. */
  readonly flows: () => FlowHealthView | null;
}

export function makeMetrics(sources: MetricSources): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Counter({
    name: 'meterd_records_total',
    help: 'Records received, by collector and what became of them since the start.',
    labelNames: ['collector', 'fate'],
    registers: [registry],
    collect() {
      this.reset();
      for (const counters of sources.collectors) {
        const { collector } = counters;
        this.inc({ collector, fate: 'received' }, counters.received);
        this.inc({ collector, fate: 'logged' }, counters.logged);
        this.inc({ collector, fate: 'suspended' }, counters.suspended);
        this.inc({ collector, fate: 'answered_from_cache' }, counters.answeredFromCache);
      }
    },
  });
  new Counter({
    name: 'meterd_refused_total',
    help: 'Datagrams refused, by collector and reason since the start.',
    labelNames: ['collector', 'reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { collector, refused } of sources.collectors) {
        for (const [reason, count] of Object.entries(refused)) this.inc({ collector, reason }, count);
      }
    },
  });
  new Counter({
    name: 'meterd_socket_errors_total',
    help: 'Answers that could not be sent and other faults of the socket, by collector since the start.',
    labelNames: ['collector'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { collector, socketErrors } of sources.collectors) this.inc({ collector }, socketErrors);
    },
  });
  new Counter({
    name: 'meterd_status_answers_total',
    help: 'Status-Server requests answered (RFC 5997), by collector since the start; they are no records.',
    labelNames: ['collector'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { collector, statusAnswered } of sources.collectors) this.inc({ collector }, statusAnswered);
    },
  });
  new Counter({
    name: 'meterd_use_flags_total',
    help: 'Times that use went beyond what a plan allows (UseMonitor) since the start; the log names the accounts.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(sources.flagged());
    },
  });
  new Gauge({
    name: 'meterd_partition_records',
    help: 'Log entries by outcome since the store was made; waiting are logged and not rated yet.',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      const progress = sources.progress();
      if (progress === null) return;
      this.set({ outcome: 'rated' }, progress.rated);
      this.set({ outcome: 'without_use' }, progress.withoutUse);
      this.set({ outcome: 'duplicate' }, progress.duplicate);
      this.set({ outcome: 'quarantined' }, progress.quarantined);
      this.set({ outcome: 'waiting' }, sources.lastPosition() - progress.position);
    },
  });
  new Gauge({
    name: 'meterd_fault',
    help: '1 while the usage log cannot be written, so that devices get no answers (log), or while rating has stopped and is tried again (rating).',
    labelNames: ['where'],
    registers: [registry],
    collect() {
      this.set({ where: 'log' }, sources.logWritable() ? 0 : 1);
      this.set({ where: 'rating' }, sources.raterFaulty() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'meterd_clock_difference_seconds',
    help: 'What the machine’s clock is ahead of the daemon’s, which follows a jump slowly.',
    registers: [registry],
    collect() {
      this.set(sources.clockDifferenceMs() / 1000);
    },
  });
  new Gauge({
    name: 'meterd_suspense_records',
    help: 'Records that wait for an account.',
    registers: [registry],
    async collect() {
      this.set(await sources.suspended());
    },
  });
  new Gauge({
    name: 'meterd_kernel_drops',
    help: 'RADIUS datagrams the kernel dropped for want of receive buffer.',
    registers: [registry],
    collect() {
      this.set(sources.radius.kernelDrops() ?? 0);
    },
  });
  new Gauge({
    name: 'meterd_addresses',
    help: 'Addresses and prefixes whose holder is known, held now or of late.',
    registers: [registry],
    collect() {
      this.set(sources.addresses.holdings);
    },
  });
  new Counter({
    name: 'meterd_address_faults_total',
    help: 'Claims of an address that a later session holds, and claims there was no room for, since the start.',
    labelNames: ['fault'],
    registers: [registry],
    collect() {
      this.reset();
      this.inc({ fault: 'conflict' }, sources.addresses.conflicts);
      this.inc({ fault: 'overflow' }, sources.addresses.overflows);
    },
  });
  makeFlowMetrics(registry, sources.flows);
  return registry;
}
