/**
 * JSON written as octets, piece by piece and into the same memory for each message: of ten thousand messages a second, the
 * strings in between would be half of all that the rating thread leaves to its collections.
 */

/** A text that is longer is encoded faster outside of JavaScript. */
const shortMax = 64;
/** Of a text in UTF-8, each unit of UTF-16 at most. */
const octetsPerUnit = 3;

export class JsonOctets {
  #octets = Buffer.allocUnsafeSlow(4096);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What has been written; good until the next is begun. */
  get written(): Uint8Array {
    return this.#octets.subarray(0, this.#length);
  }

  /** Begins another message. */
  clear(): void {
    this.#length = 0;
  }

  /** JSON as it is. */
  write(json: string): void {
    const { length } = json;
    this.#makeRoom(length * octetsPerUnit);
    if (length > shortMax) {
      this.#length += this.#octets.write(json, this.#length);
      return;
    }
    const octets = this.#octets;
    const start = this.#length;
    for (let n = 0; n < length; n++) {
      const unit = json.charCodeAt(n);
      if (unit > 0x7f) {
        this.#length = start + octets.write(json, start);
        return;
      }
      octets[start + n] = unit;
    }
    this.#length = start + length;
  }

  /** A string in quotes. */
  quote(text: string): void {
    this.write(JSON.stringify(text));
  }

  /** JSON encoded before (`octetsOf`): what is the same in every message. */
  put(part: Uint8Array): void {
    this.#makeRoom(part.length);
    this.#octets.set(part, this.#length);
    this.#length += part.length;
  }

  /** Both, one behind the other: mostly a name and its value. */
  add(part: Uint8Array, json: string): void {
    this.put(part);
    this.write(json);
  }

  /** What has been written from an octet on. */
  textFrom(start: number): string {
    return this.#octets.toString('utf8', start, this.#length);
  }

  #makeRoom(octets: number): void {
    if (this.#length + octets <= this.#octets.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#length + octets));
    larger.set(this.written);
    this.#octets = larger;
  }
}

export function octetsOf(json: string): Uint8Array {
  return new TextEncoder().encode(json);
}
