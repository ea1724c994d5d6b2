/**
 * Who is connected when: the sessions of a population in order of their start, from the subscribers' habits and the
 * devices' lives. A restart ends every session of its device without a Stop; lines that were connected come back a
 * little later, under an Acct-Session-Id that the device has used before. Pure.
 */
import { type LocalClock, localClock } from '../local-time.ts';
import { chanceAt, randomStream } from '../nas/random.ts';
import type { Device } from './devices.ts';
import { weightAt } from './diurnal.ts';
import type { Subscriber } from './subscribers.ts';
import { vendors } from './vendors.ts';

export interface Session {
  readonly subscriber: Subscriber;
  /** The subscriber's line, from 0. */
  readonly line: number;
  readonly device: Device;
  /** Life of the device in which it takes place, from 0. */
  readonly boot: number;
  /** True time, UTC epoch s. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** `open`: it goes on when the population's time is over. */
  readonly endedBy: 'stop' | 'restart' | 'open';
  /** Acct-Session-Id and NAS-Port. */
  id: string;
  port: number;
}

export interface SessionOptions {
  readonly seed: number;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** A stretch of time for which somebody wants to be connected. */
interface Wish {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

const hourSeconds = 3_600;
/** An always-on line is cut off once a day, as many providers do, and dials in again within the minute. */
const cutOffSeconds = 24 * hourSeconds;
const shortestSessionSeconds = 60;
const longestSessionSeconds = 8 * hourSeconds;
const reconnectSecondsMin = 5;

export function sessionsOf(
  subscribers: readonly Subscriber[],
  devices: readonly Device[],
  options: SessionOptions,
): Session[] {
  const sessions: Session[] = [];
  for (const subscriber of subscribers) {
    for (let line = 0; line < subscriber.lines; line++) {
      const place = subscriber.number * 16 + line;
      const random = randomStream(chanceAt(options.seed ^ 0x11e, place));
      const device = devices[chanceAt(options.seed ^ 0xde5, place) % devices.length]!;
      const wishes = subscriber.habit === 'always-on' ? alwaysOn(options, random) : dialIn(subscriber, options, random);
      for (const wish of wishes) sessions.push(...connected(subscriber, line, device, wish, options, random));
    }
  }
  sessions.sort((a, b) => a.startSeconds - b.startSeconds || a.subscriber.number - b.subscriber.number);
  number(sessions);
  return sessions;
}

function alwaysOn({ fromSeconds, toSeconds }: SessionOptions, random: () => number): Wish[] {
  const wishes: Wish[] = [];
  let start = fromSeconds + Math.floor(random() * hourSeconds);
  let cut = start + Math.floor(random() * cutOffSeconds);
  while (start < toSeconds) {
    wishes.push({ fromSeconds: start, toSeconds: Math.min(cut, toSeconds) });
    start = cut + reconnectSecondsMin + Math.floor(random() * 50);
    cut += cutOffSeconds;
  }
  return wishes;
}

/** In each hour a session begins as likely as the hour's weight wants it; the line must be free. */
function dialIn(subscriber: Subscriber, { fromSeconds, toSeconds }: SessionOptions, random: () => number): Wish[] {
  const clock: LocalClock = localClock(subscriber.zone);
  const wishes: Wish[] = [];
  let freeAt = fromSeconds;
  for (let hour = fromSeconds; hour < toSeconds; hour += hourSeconds) {
    const start = hour + Math.floor(random() * hourSeconds);
    // Many short sessions, few long ones: two minutes to eight hours, evenly by magnitude.
    const seconds = Math.floor(120 * (longestSessionSeconds / 120) ** random());
    if (random() >= (subscriber.sessionsPerDay / 24) * weightAt(clock, start) || start < freeAt) continue;
    const end = Math.min(start + seconds, toSeconds);
    if (start >= toSeconds) continue;
    wishes.push({ fromSeconds: start, toSeconds: end });
    freeAt = end + reconnectSecondsMin;
  }
  return wishes;
}

/** What comes of a wish on a device that restarts now and then. */
function* connected(
  subscriber: Subscriber,
  line: number,
  device: Device,
  wish: Wish,
  { toSeconds }: SessionOptions,
  random: () => number,
): Generator<Session> {
  for (const [boot, life] of device.boots.entries()) {
    const redialled = life.fromSeconds + reconnectSecondsMin + Math.floor(random() * 120);
    const startSeconds = boot === 0 ? wish.fromSeconds : Math.max(wish.fromSeconds, redialled);
    const endSeconds = Math.min(wish.toSeconds, life.toSeconds);
    if (endSeconds - startSeconds < shortestSessionSeconds) continue;
    const endedBy = endSeconds >= toSeconds ? 'open' : wish.toSeconds <= life.toSeconds ? 'stop' : 'restart';
    yield { subscriber, line, device, boot, startSeconds, endSeconds, endedBy, id: '', port: 0 };
  }
}

/** Session ids and ports: counted from 1 in each life of a device. */
function number(sessions: readonly Session[]): void {
  const counts = new Map<string, number>();
  for (const session of sessions) {
    const life = `${session.device.number}/${session.boot}`;
    const n = (counts.get(life) ?? 0) + 1;
    counts.set(life, n);
    session.port = n % 65_536;
    session.id = vendors[session.device.vendor].sessionId(n, session.port);
  }
}
