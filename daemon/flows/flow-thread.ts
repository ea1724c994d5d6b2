/**
 * The flow thread: sockets, clocks and messages around a FlowMeter. It does nothing but receive, decode, guide and sum, so
 * that a flood of flows hurts neither the answers to RADIUS nor rating.
 */
import type { Socket } from 'node:dgram';
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { makeClock, SteadyClock } from '../clock.ts';
import { failpoint } from '../failpoint.ts';
import { openUdp, plainAddress } from '../net/udp-socket.ts';
import { memoryVersion, restoreFlows, writeMemory } from './flow-memory.ts';
import type { FlowThreadData, FromFlowThread, ToFlowThread } from './flow-messages.ts';
import { FlowMeter } from './flow-meter.ts';
import { memoryOfWindow } from './flow-window.ts';

/** How often datagrams that are due are looked for where none comes; statuses and memory go out more seldom. */
const tickMs = 20;
const statusMs = 1_000;
const memoryMs = 600_000;
/** Datagrams guided for each that comes, and in one turn otherwise. */
const dueForEach = 4;
const dueInTurn = 2_000;
const niceOfReceiver = -10;

const data = workerData as FlowThreadData;
const port = parentPort!;
const clock = makeClock(data.clock, new SteadyClock());
const say = (message: FromFlowThread): void => port.postMessage(message);

const meter = new FlowMeter({
  netflow: data.netflow,
  flow: data.flow,
  handOver: (window) => port.postMessage({ type: 'window', window } satisfies FromFlowThread, memoryOfWindow(window)),
});
const unread = restoreFlows(meter.collector, data.memoryFile, data.sequences);
if (unread !== null) say({ type: 'fault', text: `templates are learned anew: ${unread}` });

/** What does not fit the receive buffer is lost for good, while all else can wait; a process without the right goes without. */
function askForPriority(): void {
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), niceOfReceiver);
  } catch {
    // Not Linux, or not allowed: flows are then received as fast as their turn comes.
  }
}

let sockets: Socket[] = [];
let socketErrors = 0;
let stopping = false;
let windowDueMs = performance.now() + data.flow.windowMs;
let statusDueMs = 0;
let memoryDueMs = performance.now() + memoryMs;
let writtenVersion = memoryVersion(meter.collector);

function receive(octets: Uint8Array, from: { readonly address: string }): void {
  failpoint('flow-datagram');
  const nowMs = performance.now();
  meter.receive(octets, plainAddress(from.address), clock(), nowMs);
  meter.takeDue(nowMs, dueForEach);
}

async function listen(): Promise<void> {
  const { hosts, port: number, receiveBufferBytes } = data.netflow;
  try {
    sockets = await openUdp({ hosts, port: number, receiveBufferBytes });
    askForPriority();
  } catch (cause) {
    return say({ type: 'cannot-listen', message: (cause as Error).message });
  }
  for (const socket of sockets) {
    socket.on('error', () => socketErrors++);
    socket.on('message', receive);
  }
  const least = Math.min(...sockets.map((socket) => socket.getRecvBufferSize()));
  say({ type: 'listening', port: sockets[0]!.address().port, receiveBufferBytes: least });
  tick();
}

function tick(): void {
  const nowMs = performance.now();
  const isBusy = meter.takeDue(nowMs, dueInTurn);
  if (nowMs >= windowDueMs && meter.closeWindow()) windowDueMs = nowMs + data.flow.windowMs;
  if (nowMs >= statusDueMs) {
    statusDueMs = nowMs + statusMs;
    meter.collector.expire(clock());
    meter.trim();
    tellStatus();
    rememberTemplates(nowMs >= memoryDueMs);
  }
  if (stopping) return finish();
  if (isBusy) setImmediate(tick);
  else setTimeout(tick, tickMs);
}

function tellStatus(): void {
  say({ type: 'status', status: { ...meter.status(), socketErrors } });
}

function rememberTemplates(anyway: boolean): void {
  const version = memoryVersion(meter.collector);
  if (!anyway && version === writtenVersion) return;
  memoryDueMs = performance.now() + memoryMs;
  try {
    writeMemory(meter.collector, data.memoryFile);
    writtenVersion = version;
  } catch (cause) {
    say({ type: 'fault', text: `templates could not be kept for a restart: ${(cause as Error).message}` });
  }
}

/** Guides what waits, hands over the last windows, and ends when they are in the log. */
function finish(): void {
  while (meter.takeDue(Number.POSITIVE_INFINITY, dueInTurn));
  if (meter.inFlight || meter.closeWindow()) {
    setTimeout(finish, tickMs);
    return;
  }
  rememberTemplates(true);
  tellStatus();
  say({ type: 'stopped' });
  port.close();
}

port.on('message', (message: ToFlowThread) => {
  switch (message.type) {
    case 'addresses':
      return meter.addresses.update(message.packed);
    case 'listen':
      return void listen();
    case 'logged':
      return meter.logged();
    case 'stop': {
      // Without sockets nothing ticks.
      const ticks = sockets.length > 0;
      for (const socket of sockets) socket.close();
      sockets = [];
      stopping = true;
      if (!ticks) finish();
    }
  }
});
