/** Counters of the HTTP side, in the daemon's registry. Routes are labelled by their pattern, never by an address. */
import { Counter, Gauge, type Registry } from 'prom-client';

export interface HttpMetrics {
  countRequest(labels: { readonly method: string; readonly route: string; readonly status: number }): void;
  countSignIn(outcome: 'ok' | 'failed' | 'throttled'): void;
  countSkippedLiveMessage(): void;
  watchLiveSockets(count: () => number): void;
}

export function makeHttpMetrics(registry: Registry): HttpMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'meterd_http_requests_total',
    help: 'Requests answered, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const signIns = new Counter({
    name: 'meterd_http_sign_ins_total',
    help: 'Attempts to sign in: ok, failed, throttled.',
    labelNames: ['outcome'],
    registers,
  });
  const skipped = new Counter({
    name: 'meterd_live_messages_skipped_total',
    help: 'Live messages not sent because the viewer could not keep up.',
    registers,
  });
  return {
    countRequest: (labels) => requests.inc(labels),
    countSignIn: (outcome) => signIns.inc({ outcome }),
    countSkippedLiveMessage: () => skipped.inc(),
    watchLiveSockets: (count) => {
      new Gauge({
        name: 'meterd_live_sockets',
        help: 'Open live sockets.',
        registers,
        collect() {
          this.set(count());
        },
      });
    },
  };
}
