/**
 * A wire between a page and the daemon that drops, repeats and delays what the daemon says, out of order, and breaks now
 * and then; all by one seed. What the page says arrives, since a browser's own messages are not lost on an open socket.
 */
import type { WebSocketRoute } from 'playwright-core';

/** Shares of messages that are harmed. */
const shares = { drop: 0.2, repeat: 0.1, delay: 0.25, hangUp: 0.02 } as const;
const delayMsMax = 1_500;

export class LossyWire {
  /** Messages that did not arrive as they were sent. */
  harmed = 0;
  #isCalm = false;
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From now on everything arrives. */
  calm(): void {
    this.#isCalm = true;
  }

  carry(page: WebSocketRoute): void {
    const server = page.connectToServer();
    page.onMessage((text) => server.send(text));
    server.onMessage((text) => this.#pass(String(text), page));
  }

  #pass(text: string, page: WebSocketRoute): void {
    const chance = this.#isCalm ? 1 : this.#random();
    const within = (share: number, from: number) => chance >= from && chance < from + share;
    const { drop, repeat, delay, hangUp } = shares;
    if (chance < drop + repeat + delay + hangUp) this.harmed++;
    if (within(drop, 0)) return;
    if (within(hangUp, drop)) return void page.close({ code: 1012 });
    if (within(delay, drop + hangUp)) {
      setTimeout(() => page.send(text), this.#random() * delayMsMax);
      return;
    }
    page.send(text);
    if (within(repeat, drop + hangUp + delay)) page.send(text);
  }

  /** Mulberry32. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}
