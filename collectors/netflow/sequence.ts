/**
 * What the sequence numbers of one stream tell of loss. v5 counts flows, v9 datagrams, IPFIX data records; a number is
 * that of the first unit of its datagram, modulo 2^32.
 *
 * A datagram is, in this order: *first* of its stream; *in order*; a *duplicate*, where one of the last 256 had the same
 * number and the same octets; *restarted*, where the exporter's uptime went back; *resynchronised*, after one whose units
 * could not be counted; after a *gap*; *reordered*, where it fills a gap that was seen; *late*, where it is older than the
 * stream and of no gap that is remembered; else *restarted*. A restart is never metered as a loss of 2^32.
 */

export type Arrival =
  | 'first'
  | 'in-order'
  | 'duplicate'
  | 'restarted'
  | 'resynchronised'
  | 'gap'
  | 'reordered'
  | 'late';

export interface SequenceCounts {
  readonly first: number;
  readonly inOrder: number;
  readonly duplicates: number;
  readonly restarts: number;
  readonly resynchronised: number;
  readonly gaps: number;
  readonly reordered: number;
  readonly late: number;
  /** Units that were sent and have not come, in units of the stream's version. */
  readonly missing: number;
  /** Of them those that were sent while nobody listened: between `restore` and the first datagram after it. */
  readonly missingAtRestore: number;
}

/** What a datagram's header tells; `uptimeMs` is −1 where the format has none. */
export interface SequenceHeader {
  sequence: number;
  exportMs: number;
  uptimeMs: number;
  /** Digest of the datagram's octets. */
  fingerprint: number;
}

export interface SequenceState {
  readonly expected: number;
  readonly exportMs: number;
  readonly uptimeMs: number;
}

const rememberedDatagrams = 256;
const rememberedGaps = 32;
/** A leap forward beyond this is a restart with another number, not a loss. */
const gapMax = 2 ** 28;
/** Uptime may go back by so much through reordering, ms. */
const uptimeSlackMs = 60_000;

export class SequenceTracker {
  readonly #counts = {
    first: 0,
    inOrder: 0,
    duplicates: 0,
    restarts: 0,
    resynchronised: 0,
    gaps: 0,
    reordered: 0,
    late: 0,
    missing: 0,
    missingAtRestore: 0,
  };
  #started = false;
  #expected = 0;
  #expectedKnown = true;
  #exportMs = 0;
  #uptimeMs = -1;
  #arrival: Arrival = 'first';
  #sequence = 0;
  #fingerprint = 0;
  readonly #sequences = new Uint32Array(rememberedDatagrams);
  readonly #fingerprints = new Uint32Array(rememberedDatagrams);
  #remembered = 0;
  /** Pairs [from, until) of units that are missing, oldest first. */
  readonly #gaps: { from: number; length: number }[] = [];
  /** Nothing has come since what was known before was restored. */
  #justRestored = false;

  get counts(): SequenceCounts {
    return this.#counts;
  }

  /** A datagram has come. Unless it is a duplicate, `advance` must follow when its units are counted. */
  arrive(header: SequenceHeader): Arrival {
    this.#sequence = header.sequence;
    this.#fingerprint = header.fingerprint;
    this.#arrival = this.#judge(header);
    const justRestored = this.#justRestored;
    this.#justRestored = false;
    switch (this.#arrival) {
      case 'first':
        this.#counts.first++;
        break;
      case 'in-order':
        this.#counts.inOrder++;
        break;
      case 'duplicate':
        this.#counts.duplicates++;
        return 'duplicate';
      case 'restarted':
        this.#counts.restarts++;
        this.#gaps.length = 0;
        break;
      case 'resynchronised':
        this.#counts.resynchronised++;
        break;
      case 'gap':
        this.#openGap(header.sequence, justRestored);
        break;
      case 'reordered':
        this.#counts.reordered++;
        return 'reordered';
      case 'late':
        this.#counts.late++;
        return 'late';
    }
    this.#started = true;
    this.#exportMs = header.exportMs;
    this.#uptimeMs = header.uptimeMs;
    return this.#arrival;
  }

  /** The datagram that has just come carried so many units; −1 where they could not be counted. */
  advance(units: number): void {
    if (units !== 0) {
      const at = this.#remembered++ % rememberedDatagrams;
      this.#sequences[at] = this.#sequence;
      this.#fingerprints[at] = this.#fingerprint;
    }
    if (this.#arrival === 'late') return;
    if (this.#arrival === 'reordered') {
      if (units > 0) this.#fill(this.#sequence, units);
      return;
    }
    this.#expectedKnown = units >= 0;
    this.#expected = (this.#sequence + Math.max(0, units)) >>> 0;
  }

  state(): SequenceState | null {
    if (!this.#started || !this.#expectedKnown) return null;
    return { expected: this.#expected, exportMs: this.#exportMs, uptimeMs: this.#uptimeMs };
  }

  /** Goes on where another left off, so that what was missed in between is a gap. */
  restore({ expected, exportMs, uptimeMs }: SequenceState): void {
    this.#started = true;
    this.#justRestored = true;
    this.#expected = expected >>> 0;
    this.#exportMs = exportMs;
    this.#uptimeMs = uptimeMs;
  }

  #judge(header: SequenceHeader): Arrival {
    if (!this.#started) return 'first';
    const { sequence } = header;
    const ahead = (sequence - this.#expected) | 0;
    if (ahead === 0 && this.#expectedKnown) return 'in-order';
    if (this.#hasSeen(sequence, header.fingerprint)) return 'duplicate';
    if (this.#uptimeWentBack(header)) return 'restarted';
    if (this.#isOfFormerLife(header)) return 'late';
    if (this.#isMissing(sequence)) return 'reordered';
    if (!this.#expectedKnown) return ahead >= 0 && ahead <= gapMax ? 'resynchronised' : this.#behind(header);
    if (ahead > 0 && ahead <= gapMax) return 'gap';
    return ahead > 0 ? 'restarted' : this.#behind(header);
  }

  /** A number behind the stream's, in no known gap: of a datagram that was overtaken, unless it was sent after all. */
  #behind({ exportMs, uptimeMs }: SequenceHeader): Arrival {
    const overtaken = uptimeMs >= 0 && this.#uptimeMs >= 0 ? uptimeMs <= this.#uptimeMs : exportMs <= this.#exportMs;
    return overtaken ? 'late' : 'restarted';
  }

  #hasSeen(sequence: number, fingerprint: number): boolean {
    const count = Math.min(this.#remembered, rememberedDatagrams);
    for (let index = 0; index < count; index++) {
      if (this.#sequences[index] === sequence && this.#fingerprints[index] === fingerprint) return true;
    }
    return false;
  }

  /** Back by more than reordering explains, and not because 2^32 ms have passed. */
  #uptimeWentBack({ uptimeMs, exportMs }: SequenceHeader): boolean {
    if (uptimeMs < 0 || this.#uptimeMs < 0 || uptimeMs + uptimeSlackMs >= this.#uptimeMs) return false;
    const wrappedAdvance = (uptimeMs - this.#uptimeMs) >>> 0;
    return wrappedAdvance > Math.max(0, exportMs - this.#exportMs) + uptimeSlackMs;
  }

  /** Sent before a restart, come after it: a high uptime at no later time. */
  #isOfFormerLife({ uptimeMs, exportMs }: SequenceHeader): boolean {
    return uptimeMs >= 0 && exportMs <= this.#exportMs && uptimeMs - this.#uptimeMs > uptimeSlackMs;
  }

  #openGap(sequence: number, justRestored: boolean): void {
    const length = (sequence - this.#expected) >>> 0;
    this.#counts.gaps++;
    this.#counts.missing += length;
    if (justRestored) this.#counts.missingAtRestore += length;
    this.#gaps.push({ from: this.#expected, length });
    if (this.#gaps.length > rememberedGaps) this.#gaps.shift();
  }

  #isMissing(sequence: number): boolean {
    for (const gap of this.#gaps) if ((sequence - gap.from) >>> 0 < gap.length) return true;
    return false;
  }

  /** Takes [sequence, sequence + units) out of the gap it lies in. */
  #fill(sequence: number, units: number): void {
    const index = this.#gaps.findIndex((gap) => (sequence - gap.from) >>> 0 < gap.length);
    if (index < 0) return;
    const gap = this.#gaps[index]!;
    const before = (sequence - gap.from) >>> 0;
    const filled = Math.min(units, gap.length - before);
    const after = gap.length - before - filled;
    this.#counts.missing -= filled;
    const rest = [
      { from: gap.from, length: before },
      { from: (sequence + filled) >>> 0, length: after },
    ].filter(({ length }) => length > 0);
    this.#gaps.splice(index, 1, ...rest);
    if (this.#gaps.length > rememberedGaps) this.#gaps.shift();
  }
}

/**
 * A 32-bit digest of a datagram. Two lanes over alternate words, each step a bijection of its lane, so that datagrams that
 * differ in one word always differ in their digest. Not for secrets.
 */
export function fingerprintOf(view: DataView, octets: number): number {
  let even = octets | 0;
  let odd = 0x9e3779b9 | 0;
  let at = 0;
  for (; at + 8 <= octets; at += 8) {
    even = Math.imul(even ^ view.getInt32(at), 0x85ebca6b);
    even ^= even >>> 15;
    odd = Math.imul(odd ^ view.getInt32(at + 4), 0xc2b2ae35);
    odd ^= odd >>> 13;
  }
  for (; at < octets; at++) even = Math.imul(even ^ view.getUint8(at), 0x27d4eb2f);
  return (even ^ Math.imul(odd ^ (odd >>> 16), 0x165667b1)) >>> 0;
}
