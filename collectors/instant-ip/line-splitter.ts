/**
 * Cuts a stream of octets or text into lines, holding no more than one line of bounded length. Lines end with LF or
 * CR LF. Octets that are not UTF-8 become U+FFFD, which no field may contain.
 */

export interface SplitLine {
  /** 1 for the first. */
  readonly number: number;
  /** Without its end; cut at `lineCharsMax` when too long. */
  readonly text: string;
  readonly tooLong: boolean;
}

/** UTF-16 units; a record has 137 characters, a quoted one with over-long texts a few hundred. */
export const lineCharsMax = 4096;

export class LineSplitter {
  // The byte order mark is dropped in #line, from octets and text alike.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #rest = '';
  #number = 0;
  #overflowed = false;

  push(chunk: Uint8Array | string): SplitLine[] {
    return this.#split(typeof chunk === 'string' ? chunk : this.#decoder.decode(chunk, { stream: true }));
  }

  /** The last line, if it has no end. */
  end(): SplitLine[] {
    const lines = this.#split(this.#decoder.decode());
    if (this.#rest !== '' || this.#overflowed) lines.push(this.#line(''));
    return lines;
  }

  #split(text: string): SplitLine[] {
    const lines: SplitLine[] = [];
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      lines.push(this.#line(text.slice(from, at)));
      from = at + 1;
    }
    this.#keep(text.slice(from));
    return lines;
  }

  #line(end: string): SplitLine {
    this.#keep(end);
    const text = this.#number === 0 ? this.#rest.replace(/^\ufeff/, '') : this.#rest;
    const line = { number: ++this.#number, text: text.replace(/\r$/, ''), tooLong: this.#overflowed };
    this.#rest = '';
    this.#overflowed = false;
    return line;
  }

  #keep(text: string): void {
    const room = lineCharsMax - this.#rest.length;
    if (text.length > room) this.#overflowed = true;
    this.#rest += text.slice(0, room);
  }
}
