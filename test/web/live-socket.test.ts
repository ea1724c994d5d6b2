import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LiveSocket, pauseBefore, reconnect, type Socket } from '../../web/live-socket.ts';
import { repaintIntervalMs } from '../../web/repaint.ts';
import { sampleBill } from './sample-bill.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a live socket', () => {
  test('subscribes when open, and from its number when it comes back', () => {
    const { sockets, live } = started();
    open(sockets[0]!);
    expect(sent(sockets[0]!)).toEqual([{ subscribe: 'A-1' }]);
    say(sockets[0]!, { type: 'bill', bill: sampleBill({ seq: 7 }) });
    sockets[0]!.onclose?.call({} as WebSocket, {} as CloseEvent);
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(reconnect.firstMs);
    open(sockets[1]!);
    expect(sent(sockets[1]!)).toEqual([{ subscribe: 'A-1', since: 7 }]);
    live.stop();
  });

  test('keeps the numbers while it is away', () => {
    const { sockets, live } = started();
    open(sockets[0]!);
    say(sockets[0]!, { type: 'bill', bill: sampleBill() });
    sockets[0]!.onclose?.call({} as WebSocket, {} as CloseEvent);
    vi.advanceTimersByTime(repaintIntervalMs);
    expect(live.snapshot().link).toBe('lost');
    expect(live.snapshot().bill?.total).toBe('36.10');
    live.stop();
  });

  test('paints at most four times a second under 200 messages a second, and the last one counts', () => {
    const { sockets, live } = started();
    open(sockets[0]!);
    vi.advanceTimersByTime(1000);
    let paints = 0;
    live.subscribe(() => paints++);
    for (let message = 1; message <= 200; message++) {
      say(sockets[0]!, { type: 'bill', bill: sampleBill({ seq: message, total: `${message}.00` }) });
      vi.advanceTimersByTime(5);
    }
    expect(paints).toBeLessThanOrEqual(5);
    vi.advanceTimersByTime(repaintIntervalMs);
    expect(live.snapshot().bill?.total).toBe('200.00');
    live.stop();
  });

  test('tells when it cannot even connect, and survives nonsense', () => {
    const onRefused = vi.fn();
    const { sockets, live } = started(onRefused);
    sockets[0]!.onclose?.call({} as WebSocket, {} as CloseEvent);
    expect(onRefused).toHaveBeenCalledTimes(1);
    live.hurry();
    open(sockets[1]!);
    sockets[1]!.onmessage?.call({} as WebSocket, { data: '{"half' } as MessageEvent);
    say(sockets[1]!, { type: 'something-new' });
    expect(live.snapshot().bill).toBeNull();
    live.stop();
  });

  test('may be stopped twice, and leaves no timer', () => {
    const { live } = started();
    live.stop();
    live.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

test.each([
  [0, 0, 250],
  [0, 1, 500],
  [3, 1, 4_000],
  [50, 0, 15_000],
  [50, 1, 30_000],
])('after %i failures and with chance %f it waits %i ms', (failures, chance, pauseMs) => {
  expect(pauseBefore(failures, chance)).toBe(pauseMs);
});

type FakeSocket = Socket & { readonly texts: string[] };

function started(onRefused: () => void = () => undefined) {
  const sockets: FakeSocket[] = [];
  const connect = (): Socket => {
    const texts: string[] = [];
    const send = (text: unknown) => void texts.push(String(text));
    const socket = { onopen: null, onmessage: null, onclose: null, send, close: () => undefined, texts };
    sockets.push(socket);
    return socket;
  };
  const live = new LiveSocket('A-1', { connect, random: () => 1, onRefused });
  live.start();
  return { sockets, live };
}

function open(socket: FakeSocket): void {
  socket.onopen?.call({} as WebSocket, {} as Event);
}

function say(socket: FakeSocket, message: unknown): void {
  socket.onmessage?.call({} as WebSocket, { data: JSON.stringify(message) } as MessageEvent);
}

function sent(socket: FakeSocket): unknown[] {
  return socket.texts.map((text) => JSON.parse(text));
}
