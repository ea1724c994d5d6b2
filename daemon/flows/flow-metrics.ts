/** Prometheus metrics of flows, read from the health view when asked. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { FlowExporterView, FlowHealthView } from '../contract/flows.ts';

export function makeFlowMetrics(registry: Registry, flows: () => FlowHealthView | null): void {
  const registers = [registry];
  new Counter({
    name: 'meterd_flow_octets_total',
    help: 'Octets of flows, scaled by sampling, by what became of them since the flow thread began.',
    labelNames: ['fate'],
    registers,
    collect() {
      this.reset();
      const { waiting: _, difference: __, ...octets } = flows()?.octets ?? noOctets;
      for (const [fate, count] of Object.entries(octets)) this.inc({ fate: snake(fate) }, Number(count));
    },
  });
  new Gauge({
    name: 'meterd_flow_octets_waiting',
    help: 'Octets of flows that are summed and not in the log yet.',
    registers,
    collect() {
      this.set(Number(flows()?.octets.waiting ?? 0));
    },
  });
  new Counter({
    name: 'meterd_flow_refused_total',
    help: 'Datagrams, sets and records of flows that were refused, by reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(flows()?.refused ?? {})) this.inc({ reason }, count);
    },
  });
  new Gauge({
    name: 'meterd_flow_kernel_drops',
    help: 'Datagrams of flows the kernel dropped for want of receive buffer.',
    registers,
    collect() {
      this.set(flows()?.kernelDrops ?? 0);
    },
  });
  new Gauge({
    name: 'meterd_flow_listening',
    help: '1 while flows are received, 0 while the flow thread begins anew.',
    registers,
    collect() {
      this.set(flows()?.listening ? 1 : 0);
    },
  });
  new Counter({
    name: 'meterd_flow_thread_restarts_total',
    help: 'Times the flow thread ended by itself and began anew.',
    registers,
    collect() {
      this.reset();
      this.inc(flows()?.threadRestarts ?? 0);
    },
  });
  new Gauge({
    name: 'meterd_flow_datagrams_held',
    help: 'Datagrams that wait until the logins before them are known.',
    registers,
    collect() {
      this.set(flows()?.held ?? 0);
    },
  });
  const ofExporters: readonly [string, string, (exporter: FlowExporterView) => number][] = [
    ['datagrams', 'Datagrams of an exporter’s domain.', ({ datagrams }) => datagrams],
    ['records', 'Flow records of an exporter’s domain.', ({ records }) => records],
    ['missing', 'Sent and not come: datagrams of v9, records of others.', ({ missing }) => missing],
    ['duplicates', 'Datagrams that came twice.', ({ duplicates }) => duplicates],
    ['reordered', 'Datagrams that came late.', ({ reordered }) => reordered],
    ['restarts', 'Times the exporter began anew.', ({ restarts }) => restarts],
  ];
  for (const [name, help, read] of ofExporters) {
    new Gauge({
      name: `meterd_flow_exporter_${name}`,
      help,
      labelNames: ['exporter', 'format', 'domain'],
      registers,
      collect() {
        this.reset();
        for (const each of flows()?.exporters ?? []) {
          const { exporter, format, domain } = each;
          this.set({ exporter, format, domain: String(domain) }, read(each));
        }
      },
    });
  }
}

const noOctets = { received: '0', waiting: '0', difference: '0' };

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
