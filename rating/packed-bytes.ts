/**
 * Numbers and texts as octets, for account states and for rows that are stored many in a blob: a number takes seven bits an
 * octet, the lowest first, each octet but the last with its high bit set; a signed one is doubled, less one where it was
 * negative; a text is its length in octets and UTF-8.
 */

const signedMax = Number.MAX_SAFE_INTEGER / 2;
const shortText = 64;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Writes one value after the other; `bytes` is valid until more is written. */
export class PackedWriter {
  #buffer: Uint8Array<ArrayBuffer>;
  #view: DataView;
  length = 0;

  constructor(octets: number) {
    this.#buffer = new Uint8Array(octets);
    this.#view = new DataView(this.#buffer.buffer);
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  octet(value: number): void {
    this.#room(1);
    this.#buffer[this.length++] = value;
  }

  /** A safe integer, 0 or more. Throws RangeError on anything else, which could not be read back. */
  number(value: number): void {
    if (!(value >= 0 && Number.isSafeInteger(value))) throw new RangeError(`${value} can't be stored`);
    this.#room(8);
    const buffer = this.#buffer;
    let at = this.length;
    let rest = value;
    if (value > 0x7fff_ffff) {
      // The lower 28 bits apart from the others, so that all is done with small integers.
      rest = Math.floor(value / 0x1000_0000);
      const low = value - rest * 0x1000_0000;
      buffer[at++] = (low & 0x7f) | 0x80;
      buffer[at++] = ((low >>> 7) & 0x7f) | 0x80;
      buffer[at++] = ((low >>> 14) & 0x7f) | 0x80;
      buffer[at++] = (low >>> 21) | 0x80;
    }
    while (rest > 0x7f) {
      buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
    this.length = at;
  }

  /** An integer of at most 52 bits, of either sign. Throws RangeError on anything else. */
  signed(value: number): void {
    if (!Number.isInteger(value) || Math.abs(value) > signedMax) throw new RangeError(`${value} can't be stored`);
    this.number(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** 64 bits, two's complement. */
  wide(value: bigint): void {
    this.#room(8);
    this.#view.setBigInt64(this.length, value, true);
    this.length += 8;
  }

  /** A double as it is, for what is no integer of 52 bits. */
  double(value: number): void {
    this.#room(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  text(value: string): void {
    if (value.length <= shortText && this.#ascii(value)) return;
    const octets = encoder.encode(value);
    this.number(octets.length);
    this.#room(octets.length);
    this.#buffer.set(octets, this.length);
    this.length += octets.length;
  }

  fixed32(value: number): void {
    this.#room(4);
    this.#view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** Short texts are mostly ASCII, which a loop writes without an array of their own. */
  #ascii(value: string): boolean {
    const octets = value.length;
    this.#room(octets + 1);
    const buffer = this.#buffer;
    const begin = this.length + 1;
    for (let i = 0; i < octets; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      buffer[begin + i] = code;
    }
    buffer[this.length] = octets;
    this.length = begin + octets;
    return true;
  }

  #room(octets: number): void {
    if (this.length + octets <= this.#buffer.length) return;
    const larger = new Uint8Array(2 * (this.length + octets));
    larger.set(this.bytes);
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** Reads what `PackedWriter` wrote, in the same order. Throws RangeError beyond the end. */
export class PackedReader {
  readonly #buffer: Uint8Array;
  readonly #view: DataView;
  at: number;

  constructor(buffer: Uint8Array, at = 0) {
    this.#buffer = buffer;
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    this.at = at;
  }

  octet(): number {
    const octet = this.#buffer[this.at++];
    if (octet === undefined) throw new RangeError('beyond the end of what was stored');
    return octet;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const octet = this.octet();
      value += (octet & 0x7f) * scale;
      if (octet < 0x80) return value;
    }
  }

  signed(): number {
    const value = this.number();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  wide(): bigint {
    this.at += 8;
    return this.#view.getBigInt64(this.at - 8, true);
  }

  double(): number {
    this.at += 8;
    return this.#view.getFloat64(this.at - 8, true);
  }

  text(): string {
    const octets = this.number();
    if (this.at + octets > this.#buffer.length) throw new RangeError('beyond the end of what was stored');
    this.at += octets;
    const bytes = this.#buffer.subarray(this.at - octets, this.at);
    return octets <= shortText ? (asciiOf(bytes) ?? decoder.decode(bytes)) : decoder.decode(bytes);
  }

  fixed32(): number {
    this.at += 4;
    return this.#view.getUint32(this.at - 4, true);
  }
}

/** In one piece; null where it is not ASCII. */
function asciiOf(bytes: Uint8Array): string | null {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! > 0x7f) return null;
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}
