/** How it stands with flow records, for the health page. Octets are decimal strings, since they outgrow a double. */

export interface FlowHealthView {
  readonly port: number;
  /** What the kernel gave, and what was asked for; Linux doubles the request for its own book-keeping, and caps it. */
  readonly receiveBufferBytes: number | null;
  readonly receiveBufferAskedBytes: number;
  /** Datagrams the kernel dropped for want of buffer; null where it does not tell. */
  readonly kernelDrops: number | null;
  /** False while the flow thread has ended and another has not begun. */
  readonly listening: boolean;
  /** Times the flow thread ended by itself: what it held and had summed is lost, as `missingAtRestart` tells. */
  readonly threadRestarts: number;
  /** All that follows is since the start of the flow thread. */
  readonly datagrams: number;
  readonly records: number;
  /** Datagrams that are held until the logins before them are known, and those held for less, for want of room. */
  readonly held: number;
  readonly hurried: number;
  /** Octets of data that wait for their template or sampling rate. */
  readonly heldForTemplateOctets: number;
  /** Prefixes whose holders are known to the guide. */
  readonly addresses: number;
  readonly windows: number;
  readonly entries: number;
  /** received = billed + suspended + elsewhere + unguided + dropped + refused; `difference` is what is missing. */
  readonly octets: {
    readonly received: string;
    /** Of a subscriber, at one end at least: in the log, or `waiting` for it. */
    readonly billed: string;
    /** Of addresses of ours that nobody is known to hold. */
    readonly suspended: string;
    /** Of a subscriber, but seen where that one is not metered. */
    readonly elsewhere: string;
    /** Of nobody: neither end is a subscriber's. */
    readonly unguided: string;
    /** The router says that it dropped them. */
    readonly dropped: string;
    /** There was no room for their sums. */
    readonly refused: string;
    /** Of flows between two subscribers, which both are billed for. */
    readonly bothEnds: string;
    /** Summed, not in the log yet. */
    readonly waiting: string;
    /** In the log: billed and suspended, both ends counted. */
    readonly logged: string;
    /** Two exporters told of the same subscriber's: they may have seen the same flows. */
    readonly shared: string;
    readonly difference: string;
  };
  /** By reason, of datagrams, sets and records alike. */
  readonly refused: Readonly<Record<string, number>>;
  readonly exporterCount: number;
  /** The latest heard of, at most 500. */
  readonly exporters: readonly FlowExporterView[];
}

/** One exporter's observation domain. */
export interface FlowExporterView {
  readonly exporter: string;
  readonly name: string;
  readonly format: 'NetFlow v5' | 'NetFlow v9' | 'IPFIX';
  readonly domain: number;
  readonly lastReceivedAtMs: number;
  readonly datagrams: number;
  readonly records: number;
  readonly octets: string;
  readonly templates: number;
  /** What was sent and did not come: datagrams of v9, records of the others. */
  readonly missing: number;
  /** Of it what was sent while the daemon was down, or was lost when it died. */
  readonly missingAtRestart: number;
  readonly missingUnit: 'datagrams' | 'records';
  readonly duplicates: number;
  readonly reordered: number;
  readonly restarts: number;
  /** Octets taken as they are, since nothing tells the sampling rate. */
  readonly samplingUnknownOctets: string;
  /** Records whose times could not be believed. */
  readonly timesMoved: number;
  readonly refused: number;
}
