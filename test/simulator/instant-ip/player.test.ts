import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { InstantIpRecord } from '../../../collectors/index.ts';
import { Player, type PlayerOptions } from '../../../simulator/instant-ip/player.ts';
import type { RecordSource, SourceItem } from '../../../simulator/instant-ip/record-source.ts';
import { emailRecord } from '../../collectors/instant-ip/samples.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Records by their delays; 'bad' is a line that is none. */
function sourceOf(...delays: (number | 'bad')[]): RecordSource {
  const items: SourceItem[] = delays.map((delay, index) => ({
    line: index + 1,
    record: delay === 'bad' ? null : { ...emailRecord, timeDelaySeconds: delay },
    faults: delay === 'bad' ? [`line ${index + 1} is bad`] : [],
    warnings: [],
    unreadable: false,
  }));
  return {
    peek: async () => items[0] ?? null,
    take: async () => items.shift() ?? null,
    close: async () => {},
  };
}

function playing(source: RecordSource, options: Partial<PlayerOptions> = {}) {
  const startMs = performance.now();
  const log: string[] = [];
  const at = () => Math.round(performance.now() - startMs);
  const sink = {
    show: async ({ line }: { line: number; record: InstantIpRecord }) => void log.push(`${at()} line ${line}`),
    flush: async () => {},
  };
  const onSaid = ({ faults }: SourceItem) => void log.push(`${at()} ${faults.join()}`);
  const player = new Player({ source, sink, speed: 1, onError: 'stop', onSaid, ...options });
  const done = player.play().then((outcome) => void log.push(`${at()} ${outcome}`));
  return { player, log, done };
}

describe('a player', () => {
  it('shows the first at once, waits after each before the next, and does not wait after the last', async () => {
    const { log, done } = playing(sourceOf(2, 0, 5, 999));
    await vi.advanceTimersByTimeAsync(10_000);
    await done;
    expect(log).toEqual(['0 line 1', '2000 line 2', '2000 line 3', '7000 line 4', '7000 ended']);
  });

  it('waits from when a record has been shown, not from when it was taken', async () => {
    const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 500));
    const { log, done } = playing(sourceOf(1, 1), { sink: { show: slow, flush: async () => {} } });
    await vi.advanceTimersByTimeAsync(10_000);
    await done;
    expect(log).toEqual(['2000 ended']);
  });

  it('obeys pause, step, resume and stop in mid-wait', async () => {
    const { player, log, done } = playing(sourceOf(10, 10, 10, 10));
    await vi.advanceTimersByTimeAsync(4000);
    player.command({ kind: 'pause' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(log).toEqual(['0 line 1']);
    player.command({ kind: 'step' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(log).toEqual(['0 line 1', '64000 line 2']);
    player.command({ kind: 'resume' });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(log.at(-1)).toBe('134000 line 3');
    player.command({ kind: 'stop' });
    await done;
    expect(log.at(-1)).toBe('134000 stopped');
  });

  it('takes a new speed at once', async () => {
    const { player, log } = playing(sourceOf(10, 0));
    await vi.advanceTimersByTimeAsync(2000);
    player.command({ kind: 'faster' });
    await vi.advanceTimersByTimeAsync(4000);
    expect(log).toEqual(['0 line 1', '6000 line 2', '6000 ended']);
  });

  it('stops at a line that is no record, when its turn comes', async () => {
    const { player, log, done } = playing(sourceOf(3, 'bad', 0));
    await vi.advanceTimersByTimeAsync(10_000);
    await done;
    expect(log).toEqual(['0 line 1', '3000 line 2 is bad', '3000 faulty']);
    expect(player.status()).toMatchObject({ shown: 1, skipped: 0, line: 2 });
  });

  it('or skips it, without a delay of its own', async () => {
    const { player, log, done } = playing(sourceOf(3, 'bad', 'bad', 1), { onError: 'skip' });
    await vi.advanceTimersByTimeAsync(10_000);
    await done;
    expect(log).toEqual(['0 line 1', '3000 line 2 is bad', '3000 line 3 is bad', '3000 line 4', '3000 ended']);
    expect(player.status()).toMatchObject({ shown: 2, skipped: 2 });
  });

  it('tells the countdown of the next record', async () => {
    const { player } = playing(sourceOf(10, 0), { speed: 2 });
    await vi.advanceTimersByTimeAsync(2000);
    expect(player.status()).toMatchObject({ shown: 1, line: 1, nextInMs: 6000 });
  });

  it('fails when a record can not be shown', async () => {
    const sink = { show: () => Promise.reject(new Error('no paper')), flush: async () => {} };
    const { done } = playing(sourceOf(1), { sink });
    await expect(done).rejects.toThrow('no paper');
  });
});
