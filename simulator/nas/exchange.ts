/**
 * Carries requests to a RADIUS server and their answers back, as a NAS must (RFC 2866 §2, RFC 5080 §2.2.1): one
 * Identifier per request in flight on a socket, hence several sockets; the same octets again after a timeout; every
 * answer verified. It knows nothing of sessions: what a request says is encoded by its owner, known here by a tag.
 *
 * A *slot* is one Identifier of one socket: slot = socket × 256 + Identifier. Slots are used again in order of their
 * release, so that a late answer to a released slot is still told from an answer to its next request.
 */
import { createAnswerVerifier } from './answer.ts';
import { type ExchangeSocket, type OpenExchangeSocket, openConnectedSocket } from './exchange-socket.ts';
import { createInFlight, type InFlight } from './in-flight.ts';
import { requestOctetsMax, type Signing } from './request.ts';

export interface ExchangeOptions {
  readonly host: string;
  readonly port: number;
  readonly signing: Signing;
  readonly sockets: number;
  readonly timeoutMs: number;
  /** Retransmissions before a request is given up. */
  readonly retries: number;
  readonly openSocket?: OpenExchangeSocket;
}

/** What becomes of a request; exactly one of the two is called for each. */
export interface ExchangeOwner {
  answered(tag: number, latencyMs: number): void;
  gaveUp(tag: number): void;
}

/** Deliberate trouble for one request. */
export interface Trouble {
  /** Send it twice, back to back. */
  readonly duplicate: boolean;
  /** Send a copy with a damaged authenticator, before or after it. */
  readonly forge: 'no' | 'before' | 'after';
  /** Take no notice of the first answer, so that the request is sent again after the server has recorded it. */
  readonly dropAnswer: boolean;
}

export const noTrouble: Trouble = { duplicate: false, forge: 'no', dropAnswer: false };

export interface ExchangeCounts {
  transmitted: number;
  retransmitted: number;
  duplicatesSent: number;
  forgedSent: number;
  answersDropped: number;
  /** A second answer to the same request, octet for octet the first, or not. */
  secondAnswersIdentical: number;
  secondAnswersDifferent: number;
  /** Wrong authenticator for any request the Identifier was used for lately: never happens with an honest server. */
  unverifiedAnswers: number;
  /** Errors of send or receive, such as "connection refused" while a server restarts. */
  socketErrors: number;
}

const identifiers = 256;
/** Longest first answer that is kept for the comparison with a second one. */
const keptAnswerOctets = 128;
const timeoutCheckMs = 10;
const bit = { dropAnswer: 1, dropped: 2 } as const;

export class Exchange {
  readonly counts: ExchangeCounts = {
    transmitted: 0,
    retransmitted: 0,
    duplicatesSent: 0,
    forgedSent: 0,
    answersDropped: 0,
    secondAnswersIdentical: 0,
    secondAnswersDifferent: 0,
    unverifiedAnswers: 0,
    socketErrors: 0,
  };
  private readonly options: ExchangeOptions;
  private readonly owner: ExchangeOwner;
  private readonly verify: (answer: Buffer, requests: Buffer, authenticatorOffset: number) => boolean;
  private readonly slotCount: number;
  private sockets: ExchangeSocket[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly inFlight: InFlight;
  /** Requests as sent, one cell per slot; their lengths; the authenticator of the cell's previous request. */
  private readonly cells: Buffer[] = [];
  private readonly lengths: Uint16Array;
  private readonly previousAuthenticators: Buffer;
  private readonly keptAnswers: Buffer;
  private readonly keptLengths: Uint16Array;
  private readonly tags: Float64Array;
  private readonly firstSentMs: Float64Array;
  private readonly tries: Uint8Array;
  private readonly flags: Uint8Array;

  constructor(options: ExchangeOptions, owner: ExchangeOwner) {
    this.options = options;
    this.owner = owner;
    this.verify = createAnswerVerifier(options.signing.secret).verify;
    const slots = options.sockets * identifiers;
    this.slotCount = slots;
    this.inFlight = createInFlight(slots, identifiers);
    this.lengths = new Uint16Array(slots);
    this.previousAuthenticators = Buffer.alloc(slots * 16);
    this.keptAnswers = Buffer.alloc(slots * keptAnswerOctets);
    this.keptLengths = new Uint16Array(slots);
    this.tags = new Float64Array(slots);
    this.firstSentMs = new Float64Array(slots);
    this.tries = new Uint8Array(slots);
    this.flags = new Uint8Array(slots);
  }

  async start(): Promise<void> {
    const { host, port, sockets, openSocket = openConnectedSocket } = this.options;
    const memory = Buffer.alloc(this.slotCount * requestOctetsMax);
    for (let slot = 0; slot < this.slotCount; slot++) {
      this.cells.push(memory.subarray(slot * requestOctetsMax, (slot + 1) * requestOctetsMax));
    }
    for (let index = 0; index < sockets; index++) {
      const socket = await openSocket({
        host,
        port,
        onAnswer: (answer) => this.receive(index, answer),
        onError: () => this.counts.socketErrors++,
      });
      this.sockets.push(socket);
    }
    this.timer = setInterval(() => this.checkTimeouts(), timeoutCheckMs);
  }

  /** Closes the sockets; requests still in flight are forgotten. May be called twice. */
  stop(): void {
    clearInterval(this.timer);
    for (const socket of this.sockets) socket.close();
    this.sockets = [];
  }

  get inFlightCount(): number {
    return this.inFlight.size;
  }

  get hasRoom(): boolean {
    return this.inFlight.size < this.slotCount;
  }

  /**
   * Sends one request. `encode` writes it, signed, into the given cell with the given Identifier and answers its
   * length. The caller has asked `hasRoom`.
   */
  send(tag: number, encode: (cell: Buffer, identifier: number) => number, trouble: Trouble = noTrouble): void {
    const slot = this.inFlight.take();
    const cell = this.cells[slot]!;
    for (let i = 0; i < 16; i++) this.previousAuthenticators[slot * 16 + i] = cell[4 + i]!;
    this.lengths[slot] = encode(cell, slot % identifiers);
    this.tags[slot] = tag;
    this.tries[slot] = 0;
    this.keptLengths[slot] = 0;
    this.flags[slot] = trouble.dropAnswer ? bit.dropAnswer : 0;
    const nowMs = performance.now();
    this.firstSentMs[slot] = nowMs;
    this.inFlight.push(slot, nowMs);
    if (trouble.forge === 'before') this.forge(slot);
    this.transmit(slot);
    if (trouble.duplicate) {
      this.transmit(slot);
      this.counts.duplicatesSent++;
    }
    if (trouble.forge === 'after') this.forge(slot);
  }

  private transmit(slot: number): void {
    this.counts.transmitted++;
    this.put(slot, this.cells[slot]!.subarray(0, this.lengths[slot]));
  }

  private forge(slot: number): void {
    const copy = Buffer.from(this.cells[slot]!.subarray(0, this.lengths[slot]));
    copy[4] = copy[4]! ^ 0xff;
    this.counts.forgedSent++;
    this.put(slot, copy);
  }

  private put(slot: number, bytes: Buffer): void {
    this.sockets[(slot / identifiers) | 0]?.send(bytes);
  }

  private receive(socketIndex: number, answer: Buffer): void {
    const slot = socketIndex * identifiers + (answer[1] ?? 0);
    const cell = this.cells[slot]!;
    if (!this.verify(answer, cell, 4)) {
      if (!this.verify(answer, this.previousAuthenticators, slot * 16)) this.counts.unverifiedAnswers++;
      return;
    }
    if (this.keptLengths[slot] !== 0) this.compareWithFirst(slot, answer);
    else this.keep(slot, answer);
    if (!this.inFlight.has(slot)) return;
    if (this.flags[slot]! & bit.dropAnswer && this.tries[slot] === 0) {
      if (!(this.flags[slot]! & bit.dropped)) this.counts.answersDropped++;
      this.flags[slot]! |= bit.dropped;
      return;
    }
    this.inFlight.release(slot);
    this.owner.answered(this.tags[slot]!, performance.now() - this.firstSentMs[slot]!);
  }

  private keep(slot: number, answer: Buffer): void {
    this.keptLengths[slot] = answer.length;
    const octets = Math.min(answer.length, keptAnswerOctets);
    const to = slot * keptAnswerOctets;
    for (let at = 0; at < octets; at++) this.keptAnswers[to + at] = answer[at]!;
  }

  private compareWithFirst(slot: number, answer: Buffer): void {
    const octets = Math.min(answer.length, keptAnswerOctets);
    const from = slot * keptAnswerOctets;
    const same =
      answer.length === this.keptLengths[slot] &&
      this.keptAnswers.compare(answer, 0, octets, from, from + octets) === 0;
    if (same) this.counts.secondAnswersIdentical++;
    else this.counts.secondAnswersDifferent++;
  }

  private checkTimeouts(): void {
    const nowMs = performance.now();
    const sentBeforeMs = nowMs - this.options.timeoutMs;
    for (let slot = this.inFlight.oldest(sentBeforeMs); slot >= 0; slot = this.inFlight.oldest(sentBeforeMs)) {
      if (this.tries[slot]! >= this.options.retries) {
        this.inFlight.release(slot);
        this.owner.gaveUp(this.tags[slot]!);
        continue;
      }
      this.tries[slot]! += 1;
      this.inFlight.renew(slot, nowMs);
      this.counts.retransmitted++;
      this.transmit(slot);
    }
  }
}
