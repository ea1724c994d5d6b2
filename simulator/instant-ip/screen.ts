/**
 * What a replay says: records on stdout, everything else on stderr. On a terminal the last line is its progress, with
 * the countdown of the next record; elsewhere a plain line of progress comes now and then.
 */

import { keysText } from './keyboard.ts';
import type { PlayerStatus } from './player.ts';

const terminalEveryMs = 250;
const plainEveryMs = 10_000;

export class Screen {
  readonly #isTerminal = Boolean(process.stderr.isTTY);
  #progress: (() => string) | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #closed: Promise<void>;
  #isClosed = false;
  readonly #onError: () => void;

  /** `onClosed`: nobody reads the records any more, e.g. the next program of a pipe has ended. */
  constructor(onClosed: () => void) {
    let close = () => {};
    this.#closed = new Promise((resolve) => {
      close = resolve;
    });
    this.#onError = () => {
      this.#isClosed = true;
      close();
      onClosed();
    };
    process.stdout.on('error', this.#onError);
  }

  showProgress(text: () => string): void {
    this.#progress = text;
    clearInterval(this.#timer);
    const draw = () => (this.#isTerminal ? this.#draw() : this.say(text()));
    this.#timer = setInterval(draw, this.#isTerminal ? terminalEveryMs : plainEveryMs);
  }

  /** A line on stderr. */
  say(text: string): void {
    process.stderr.write(`${this.#isTerminal ? '\r\x1b[K' : ''}${text}\n`);
    if (this.#isTerminal) this.#draw();
  }

  /** Text on stdout; resolves when there is room for more. */
  readonly print = async (text: string): Promise<void> => {
    if (this.#isClosed) return;
    if (this.#isTerminal && this.#progress) process.stderr.write('\r\x1b[K');
    if (process.stdout.write(text)) return;
    const drained = new Promise<void>((resolve) => process.stdout.once('drain', resolve));
    await Promise.race([drained, this.#closed]);
  };

  endProgress(): void {
    clearInterval(this.#timer);
    if (this.#isTerminal && this.#progress) process.stderr.write('\r\x1b[K');
    this.#progress = null;
  }

  close(): void {
    this.endProgress();
    process.stdout.off('error', this.#onError);
  }

  #draw(): void {
    // A line that wraps could not be wiped.
    const room = (process.stderr.columns ?? 80) - 1;
    if (this.#progress === null) return;
    const line = `${this.#progress()} · ${keysText}`;
    process.stderr.write(`\r\x1b[K${line.slice(0, room)}`);
  }
}

/** How far a replay is, and when its next record comes. */
export function progressText(status: PlayerStatus): string {
  const { replay, shown, skipped, line, nextInMs } = status;
  const count = `${shown} shown${skipped === 0 ? '' : `, ${skipped} skipped`}, line ${line}`;
  const speed = Number.isFinite(replay.speed) ? `speed ${replay.speed}` : 'speed max';
  const seconds = Number.isFinite(replay.speed) ? Math.ceil(nextInMs / replay.speed / 1000) : 0;
  const next = replay.mode === 'paused' ? `paused, next after ${seconds} s` : `next in ${seconds} s`;
  return `${count} · ${speed} · ${next}`;
}
