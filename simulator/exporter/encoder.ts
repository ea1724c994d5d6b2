/** Encodes datagrams of NetFlow v5, v9 (RFC 3954) and IPFIX (RFC 7011). It keeps no sequence and no clock: it is told. */
import { remoteAddress4, type SimulatedFlow, subscriberAddress4 } from './flow.ts';
import { type ExportClock, fixedLength, type LayoutField, varies } from './layout.ts';

/** What fits beside the headers of IP and UDP on an Ethernet. */
export const datagramOctetsMax = 1472;
const ipfixHeaderOctets = 16;
const v9HeaderOctets = 20;
const v5HeaderOctets = 24;
const v5RecordOctets = 48;
const optionsTemplateId = 300;
/** The longest record of varying length: two texts of 300 octets. */
const variableOctetsMax = 606;

export interface DatagramHeader extends ExportClock {
  readonly format: 'v5' | 'v9' | 'ipfix';
  readonly sequence: number;
  readonly domain: number;
  /** One of so many packets is counted; 1 tells nothing. */
  readonly sampling: number;
}

export interface TemplateLayout {
  readonly id: number;
  readonly fields: readonly LayoutField[];
}

/** One datagram in the making. Use: `begin`, `templates`, `openData` and `add` until it is full, `finish`. */
export class DatagramEncoder {
  readonly #octets = new Uint8Array(datagramOctetsMax + variableOctetsMax);
  readonly #view = new DataView(this.#octets.buffer);
  #header!: DatagramHeader;
  #at = 0;
  #setAt = -1;
  #fields: readonly LayoutField[] = [];
  #recordOctets = 0;
  /** Records of any kind, as the count of v9 and v5 has it. */
  #records = 0;
  /** Data records, options included, as the sequence of IPFIX has it. */
  dataRecords = 0;

  begin(header: DatagramHeader): void {
    this.#header = header;
    this.#at = { v5: v5HeaderOctets, v9: v9HeaderOctets, ipfix: ipfixHeaderOctets }[header.format];
    this.#setAt = -1;
    this.#records = 0;
    this.dataRecords = 0;
  }

  templates(layouts: readonly TemplateLayout[]): void {
    for (const { id, fields } of layouts) {
      const from = this.#beginSet(this.#header.format === 'v9' ? 0 : 2);
      this.#uint16(id);
      this.#uint16(fields.length);
      for (const { id: element, enterprise, length } of fields) {
        this.#uint16(enterprise === undefined ? element : element | 0x8000);
        this.#uint16(length);
        if (enterprise !== undefined) this.#uint32(enterprise);
      }
      this.#endSet(from);
      this.#records++;
    }
    if (this.#header.sampling > 1) this.#samplingOptions();
  }

  /** Begins the set of data of a template. */
  openData({ id, fields }: TemplateLayout): void {
    this.#fields = fields;
    this.#recordOctets = fixedLength(fields) + (varies(fields) ? variableOctetsMax : 0);
    this.#setAt = this.#beginSet(id);
  }

  /** Whether one more record is sure to fit. */
  get hasRoom(): boolean {
    const octets = this.#header.format === 'v5' ? v5RecordOctets : this.#recordOctets;
    return this.#at + octets + 3 <= datagramOctetsMax && this.#records < (this.#header.format === 'v5' ? 30 : 65_535);
  }

  add(flow: SimulatedFlow): void {
    if (this.#header.format === 'v5') this.#addV5(flow);
    else for (const field of this.#fields) this.#at += field.write(this.#view, this.#at, flow, this.#header);
    this.#records++;
    this.dataRecords++;
  }

  /** The octets of the datagram; a copy. */
  finish(): Uint8Array {
    if (this.#setAt >= 0) this.#endSet(this.#setAt);
    this.#writeHeader();
    return this.#octets.slice(0, this.#at);
  }

  #writeHeader(): void {
    const { format, exportMs, bootMs, sequence, domain, sampling } = this.#header;
    const view = this.#view;
    const seconds = Math.floor(exportMs / 1000);
    if (format === 'ipfix') {
      view.setUint16(0, 10);
      view.setUint16(2, this.#at);
      view.setUint32(4, seconds);
      view.setUint32(8, sequence);
      view.setUint32(12, domain);
      return;
    }
    view.setUint16(0, format === 'v5' ? 5 : 9);
    view.setUint16(2, this.#records);
    // v9 has whole seconds only: its uptime is that of the second, so that flows keep their ms.
    view.setUint32(4, ((format === 'v5' ? exportMs : seconds * 1000) - bootMs) % 2 ** 32);
    view.setUint32(8, seconds);
    if (format === 'v9') {
      view.setUint32(12, sequence);
      view.setUint32(16, domain);
      return;
    }
    view.setUint32(12, (exportMs % 1000) * 1_000_000);
    view.setUint32(16, sequence);
    view.setUint16(20, domain & 0xffff);
    view.setUint16(22, sampling > 1 ? (1 << 14) | sampling : 0);
  }

  #addV5(flow: SimulatedFlow): void {
    const view = this.#view;
    const at = this.#at;
    const { bootMs } = this.#header;
    const local = subscriberAddress4(flow.subscriber);
    const far = remoteAddress4(flow.remote);
    view.setUint32(at, flow.isDownload ? far : local);
    view.setUint32(at + 4, flow.isDownload ? local : far);
    view.setUint32(at + 8, 0);
    view.setUint16(at + 12, flow.isDownload ? 2 : 1);
    view.setUint16(at + 14, flow.isDownload ? 1 : 2);
    view.setUint32(at + 16, flow.packets);
    view.setUint32(at + 20, flow.octets);
    view.setUint32(at + 24, (flow.startMs - bootMs) % 2 ** 32);
    view.setUint32(at + 28, (flow.endMs - bootMs) % 2 ** 32);
    view.setUint16(at + 32, flow.isDownload ? flow.remotePort : flow.localPort);
    view.setUint16(at + 34, flow.isDownload ? flow.localPort : flow.remotePort);
    view.setUint16(at + 36, flow.protocol === 6 ? 0x1b : 0);
    view.setUint8(at + 38, flow.protocol);
    view.setUint8(at + 39, flow.tos);
    view.setUint16(at + 40, flow.isDownload ? flow.remoteAs : 0);
    view.setUint16(at + 42, flow.isDownload ? 0 : flow.remoteAs);
    view.setUint32(at + 44, 0);
    this.#at += v5RecordOctets;
  }

  /** An options template and its one record: samplingInterval (34) and samplingAlgorithm (35) of the whole domain. */
  #samplingOptions(): void {
    const isV9 = this.#header.format === 'v9';
    const from = this.#beginSet(isV9 ? 1 : 3);
    this.#uint16(optionsTemplateId);
    // v9: octets of scopes and of options; IPFIX: fields, and how many of them are scopes.
    this.#uint16(isV9 ? 4 : 3);
    this.#uint16(isV9 ? 8 : 1);
    for (const field of [isV9 ? 1 : 149, 4, 34, 4, 35, 1]) this.#uint16(field);
    this.#endSet(from);
    const data = this.#beginSet(optionsTemplateId);
    this.#uint32(this.#header.domain);
    this.#uint32(this.#header.sampling);
    this.#view.setUint8(this.#at++, 2);
    this.#endSet(data);
    this.#records += 2;
    this.dataRecords++;
  }

  #beginSet(id: number): number {
    const from = this.#at;
    this.#uint16(id);
    this.#uint16(0);
    return from;
  }

  /** Pads to four octets and tells the length. */
  #endSet(from: number): void {
    while (this.#at % 4 !== 0) this.#view.setUint8(this.#at++, 0);
    this.#view.setUint16(from + 2, this.#at - from);
  }

  #uint16(value: number): void {
    this.#view.setUint16(this.#at, value);
    this.#at += 2;
  }

  #uint32(value: number): void {
    this.#view.setUint32(this.#at, value);
    this.#at += 4;
  }
}
