/**
 * The audience of the live bench as a process of its own: a NAS that reports each viewer's session once a second, and
 * the viewers' sockets. An update's latency runs from the moment its report is sent, which is before its commit, to
 * the message that holds it. A message is found to hold a report by the octets the report told.
 */
import { WebSocket } from 'ws';
import { createHistogram, type DemoNas, type Histogram, startDemoNas } from '../simulator/index.ts';
import { type Audience, doOrders, type Seen, updateEveryMs } from './live-child.ts';

/** A viewer's reports that no message has held yet, oldest first. */
interface Waiting {
  readonly octets: number;
  readonly sentAtMs: number;
}

const connectingMsMax = 180_000;
/** Viewers without a bill yet: fewer than a listening socket keeps waiting (511 in Node). */
const connectingMax = 256;
const arrivingMsMax = 5_000;
const paceMs = 20;
/** Sockets a sign-in may have (daemon/http/live.ts). */
export const socketsPerToken = 32;

let nas: DemoNas | null = null;
let histogram: Histogram | null = null;
let sinceCommit: Histogram | null = null;
let seen: Seen | null = null;
const waiting: Waiting[][] = [];
const counts = { updates: 0, updateMessages: 0, updateOctets: 0, otherMessages: 0 };

doOrders(async (order) => {
  if (order.order === 'sessions') {
    await openSessions(order.audience);
    return { done: 'ready' };
  }
  if (order.order === 'rehearse') return { done: 'rehearsed', reports: await rehearse(order.seconds) };
  if (order.order === 'connect') {
    await connectAll(order.audience);
    return { done: 'ready' };
  }
  if (order.order === 'measure') {
    await measure(order.seconds);
    return { done: 'ready' };
  }
  if (order.order === 'settle') return { done: 'seen', seen: await settle() };
  throw new Error(`no order of viewers: ${order.order}`);
});

/** Resolves when every session has reported use. */
async function openSessions({ nas: wanted }: Audience): Promise<void> {
  if (wanted === null) return;
  const { port, secret, logins } = wanted;
  const viewerOf = new Map(logins.map((login, viewer) => [login, viewer]));
  const reporting = new Set<string>();
  await new Promise<void>((resolve, reject) => {
    startDemoNas({
      ...{ host: '127.0.0.1', port, secret, interimMs: updateEveryMs, clock: Date.now },
      interimsPerSession: 1_000_000,
      users: logins.map((login) => ({ login, octetsPerSecondIn: 2_000_000, octetsPerSecondOut: 100_000 })),
      onSent: ({ user, octetsIn }) => {
        // What is sent after the measuring, and every Stop, is no longer waited for.
        if (histogram === null || seen !== null) return;
        counts.updates++;
        waiting[viewerOf.get(user)!]!.push({ octets: Number(octetsIn), sentAtMs: performance.now() });
      },
      onAnswered: ({ user, status }) => {
        if (status !== 'start' && reporting.add(user).size === logins.length) resolve();
      },
    }).then((started) => {
      nas = started;
    }, reject);
  });
}

/** Reports that nobody watches, so that what watching costs can be told apart from what they cost anyhow. */
async function rehearse(seconds: number): Promise<number> {
  if (nas === null) throw new Error('no session has been opened');
  const before = nas.counts.answered;
  await pause(seconds * 1000);
  await nas.stop();
  return nas.counts.answered - before;
}

async function connectAll({ url, viewers, connectsPerSecond, tokens }: Audience): Promise<void> {
  let ready = 0;
  let failure: Error | null = null;
  const connect = (viewer: number) => {
    waiting.push([]);
    const token = tokens[Math.floor(viewer / socketsPerToken)];
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    });
    socket.on('open', () => socket.send(JSON.stringify({ subscribe: `bench-${viewer + 1}` })));
    socket.on('message', (data: Buffer) => {
      if (isOf(data, 'bill')) ready++;
      take(viewer, data);
    });
    socket.on('error', (error) => {
      failure ??= error;
    });
    socket.on('close', (code, reason) => {
      failure ??= new Error(`a viewer's socket was closed: ${code} ${reason}`);
    });
  };
  const deadlineMs = performance.now() + connectingMsMax;
  const startedMs = performance.now();
  for (let begun = 0; ready < viewers; ) {
    const paced = Math.ceil(((performance.now() - startedMs) * connectsPerSecond) / 1000);
    const due = Math.min(viewers, paced, ready + connectingMax);
    while (begun < due) connect(begun++);
    await pause(paceMs);
    if (failure !== null) throw failure;
    if (performance.now() > deadlineMs) throw new Error(`${ready} of ${viewers} viewers have a bill`);
  }
}

async function measure(seconds: number): Promise<void> {
  seen = null;
  for (const own of waiting) own.length = 0;
  for (const key of Object.keys(counts) as (keyof typeof counts)[]) counts[key] = 0;
  const cpu = process.cpuUsage();
  histogram = createHistogram();
  sinceCommit = createHistogram();
  await pause(seconds * 1000);
  const { user, system } = process.cpuUsage(cpu);
  const latency = { ...histogram.summary(), sinceCommit: nas === null ? null : sinceCommit.summary() };
  seen = { ...latency, ...counts, missing: missing(), cpuSeconds: (user + system) / 1e6 };
}

/** What was sent has some time to arrive. The sessions go on meanwhile, since a closed one's octets are not told. */
async function settle(): Promise<Seen> {
  if (seen === null) throw new Error('nothing was measured');
  const deadlineMs = performance.now() + arrivingMsMax;
  while (missing() > 0 && performance.now() < deadlineMs) await pause(paceMs);
  return { ...seen, missing: missing() };
}

function missing(): number {
  return waiting.reduce((sum, each) => sum + each.length, 0);
}

function take(viewer: number, data: Buffer): void {
  if (histogram === null) return;
  if (isOf(data, 'peer')) return takePeer(data);
  if (!isOf(data, 'charges') && !isOf(data, 'bill')) {
    counts.otherMessages++;
    return;
  }
  counts.updateMessages++;
  counts.updateOctets += data.length;
  const committedMs = numberAfter(data, '"committedMs":');
  if (committedMs >= 0) sinceCommit!.add(Math.max(0, Date.now() - committedMs));
  const octets = numberAfter(data, '"octetsIn":"');
  const own = waiting[viewer]!;
  while (own.length > 0 && own[0]!.octets <= octets) histogram.add(performance.now() - own.shift()!.sentAtMs);
}

/** The peer says itself when it sent a message: CLOCK_MONOTONIC is the same in all processes. */
function takePeer(data: Buffer): void {
  counts.updates++;
  counts.updateMessages++;
  counts.updateOctets += data.length;
  histogram!.add((Number(process.hrtime.bigint() / 1000n) - numberAfter(data, '"sentUs":"')) / 1000);
}

/** Every message begins with its type. */
function isOf(data: Buffer, type: string): boolean {
  return data.indexOf(`{"type":"${type}"`, 0, 'latin1') === 0;
}

/** The first number behind a name; -1 where the name is missing. */
function numberAfter(data: Buffer, name: string): number {
  const start = data.indexOf(name, 0, 'latin1');
  return start < 0 ? -1 : Number.parseInt(data.toString('latin1', start + name.length, start + name.length + 16), 10);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
