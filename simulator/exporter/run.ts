/** Sends what simulated exporters make over UDP, paced; each exporter has a socket of its own. */
import { createSocket, type Socket } from 'node:dgram';
import { type ExportedDatagram, type ExporterOptions, SimulatedExporter } from './exporter.ts';
import { mergedTotals, type SubscriberTotals } from './totals.ts';

export interface ExporterRunOptions {
  readonly host: string;
  readonly port: number;
  /** One of each; their domains must differ. */
  readonly exporters: readonly ExporterOptions[];
  /** Records per second, all exporters together; absent: as fast as it goes. */
  readonly ratePerSecond?: number;
}

export interface ExporterSummary {
  readonly format: string;
  readonly seed: number;
  readonly exporters: number;
  readonly datagrams: number;
  readonly records: number;
  /** What a collector that misses nothing bills, in decimal strings: octets and packets times the sampling rate. */
  readonly octets: string;
  readonly packets: string;
  readonly octetsIn: string;
  readonly octetsOut: string;
  readonly lost: { readonly datagrams: number; readonly records: number; readonly octets: string };
  readonly duplicated: number;
  readonly reordered: number;
  readonly restarts: number;
  readonly templateChanges: number;
  readonly sendErrors: number;
  readonly elapsedSeconds: number;
  readonly recordsPerSecond: number;
  readonly ok: boolean;
}

const paceMs = 5;
/** Datagrams handed to the kernel at once; beyond, the run waits for it. */
const inFlightMax = 256;

export class ExporterRun {
  readonly #options: ExporterRunOptions;
  readonly #exporters: readonly SimulatedExporter[];
  #sentRecords = 0;
  #sendErrors = 0;
  #inFlight = 0;
  #stopped = false;
  #wake: () => void = () => {};

  constructor(options: ExporterRunOptions) {
    this.#options = options;
    this.#exporters = options.exporters.map((each) => new SimulatedExporter(each));
  }

  /** Ends the run early; `run` then answers what was sent until now. */
  stop(): void {
    this.#stopped = true;
  }

  totals(): Map<string, SubscriberTotals> {
    return mergedTotals(this.#exporters.map(({ totals }) => totals));
  }

  async run(): Promise<ExporterSummary> {
    const sockets = await Promise.all(this.#exporters.map(() => this.#openSocket()));
    const startedMs = performance.now();
    try {
      const sources = this.#exporters.map((exporter) => exporter.datagrams());
      for (let running = sources.length; running > 0 && !this.#stopped; ) {
        running = 0;
        for (const [index, source] of sources.entries()) {
          const next = source.next();
          if (next.done) continue;
          running++;
          await this.#send(sockets[index]!, next.value, startedMs);
        }
      }
      while (this.#inFlight > 0) await this.#settled();
    } finally {
      for (const socket of sockets) socket.close();
    }
    return this.#summary((performance.now() - startedMs) / 1000);
  }

  async #send(socket: Socket, { bytes, records }: ExportedDatagram, startedMs: number): Promise<void> {
    const { ratePerSecond } = this.#options;
    if (ratePerSecond !== undefined) {
      const due = () => ((performance.now() - startedMs) / 1000) * ratePerSecond;
      while (this.#sentRecords > due() && !this.#stopped) await new Promise((resolve) => setTimeout(resolve, paceMs));
    }
    while (this.#inFlight >= inFlightMax) await this.#settled();
    this.#sentRecords += records;
    this.#inFlight++;
    socket.send(bytes, (error) => {
      this.#inFlight--;
      if (error) this.#sendErrors++;
      this.#wake();
    });
  }

  #settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #openSocket(): Promise<Socket> {
    const { host, port } = this.#options;
    const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', sendBufferSize: 4 * 1024 * 1024 });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(port, host, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    // ECONNREFUSED of an earlier datagram; the send that it fails counts it.
    socket.on('error', () => this.#sendErrors++);
    return socket;
  }

  #summary(elapsedSeconds: number): ExporterSummary {
    const sum = (of: (exporter: SimulatedExporter) => number) =>
      this.#exporters.reduce((total, exporter) => total + of(exporter), 0);
    const sumExact = (of: (exporter: SimulatedExporter) => bigint) =>
      this.#exporters.reduce((total, exporter) => total + of(exporter), 0n);
    let octetsIn = 0n;
    let octetsOut = 0n;
    for (const totals of this.totals().values()) {
      octetsIn += totals.octetsIn;
      octetsOut += totals.octetsOut;
    }
    const records = sum(({ counts }) => counts.records);
    return {
      format: this.#options.exporters[0]!.format,
      seed: this.#options.exporters[0]!.seed,
      exporters: this.#exporters.length,
      datagrams: sum(({ counts }) => counts.datagrams),
      records,
      octets: String(sumExact(({ totals }) => totals.octets)),
      packets: String(sumExact(({ totals }) => totals.packets)),
      octetsIn: String(octetsIn),
      octetsOut: String(octetsOut),
      lost: {
        datagrams: sum(({ counts }) => counts.lostDatagrams),
        records: sum(({ counts }) => counts.lostRecords),
        octets: String(sumExact(({ counts }) => counts.lostOctets)),
      },
      duplicated: sum(({ counts }) => counts.duplicatedDatagrams),
      reordered: sum(({ counts }) => counts.reorderedDatagrams),
      restarts: sum(({ counts }) => counts.restarts),
      templateChanges: sum(({ counts }) => counts.templateChanges),
      sendErrors: this.#sendErrors,
      elapsedSeconds: Math.round(elapsedSeconds * 1000) / 1000,
      recordsPerSecond: Math.round(records / Math.max(elapsedSeconds, 0.001)),
      ok: this.#sendErrors === 0,
    };
  }
}
