import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dueInMs,
  initialReplay,
  type ReplayInput,
  type ReplayState,
  reduceReplay,
  remainingMs,
  replaySpeed,
} from '../../../simulator/instant-ip/replay.ts';

const shown = (delaySeconds: number): ReplayInput => ({ kind: 'shown', delaySeconds });

/** Feeds inputs at their times. */
function replayed(speed: number, ...inputs: [atMs: number, input: ReplayInput | ReplayInput['kind']][]): ReplayState {
  return inputs.reduce(
    (state, [atMs, input]) => {
      return reduceReplay(state, (typeof input === 'string' ? { kind: input } : input) as ReplayInput, atMs);
    },
    initialReplay(speed, 0),
  );
}

describe('a replay', () => {
  it('shows the first record at once, and waits the delay after it before the next', () => {
    expect(dueInMs(initialReplay(1, 0), 0)).toBe(0);
    const state = replayed(1, [0, shown(3)]);
    expect(dueInMs(state, 0)).toBe(3000);
    expect(dueInMs(state, 2999)).toBe(1);
    expect(dueInMs(state, 3000)).toBe(0);
    expect(dueInMs(state, 99_000)).toBe(0);
  });

  it('does not wait for a delay of 0', () => {
    expect(dueInMs(replayed(1, [5, shown(0)]), 5)).toBe(0);
  });

  it('waits less by its speed, and at max for nothing', () => {
    expect(dueInMs(replayed(4, [0, shown(2)]), 100)).toBe(400);
    expect(dueInMs(replayed(0.5, [0, shown(2)]), 0)).toBe(4000);
    expect(dueInMs(replayed(replaySpeed.unlimited, [0, shown(999)]), 0)).toBe(0);
  });

  it('stands still while paused, and goes on with what was left', () => {
    const paused = replayed(1, [0, shown(10)], [4000, 'pause']);
    expect(dueInMs(paused, 60_000)).toBeNull();
    expect(remainingMs(paused, 60_000)).toBe(6000);
    expect(dueInMs(reduceReplay(paused, { kind: 'resume' }, 60_000), 61_000)).toBe(5000);
  });

  it('stays paused when paused again, and runs on when resumed again', () => {
    expect(remainingMs(replayed(1, [0, shown(10)], [1000, 'pause'], [2000, 'pause']), 3000)).toBe(9000);
    expect(dueInMs(replayed(1, [0, shown(10)], [1000, 'resume']), 2000)).toBe(8000);
  });

  it('takes a new speed in mid-wait for what is left', () => {
    const state = replayed(1, [0, shown(10)], [4000, 'faster']);
    expect(dueInMs(state, 4000)).toBe(3000);
    expect(dueInMs(reduceReplay(state, { kind: 'slower' }, 5000), 5000)).toBe(4000);
  });

  it('has speeds from 1/64 to 1024, and max above', () => {
    let state = initialReplay(512, 0);
    state = reduceReplay(state, { kind: 'faster' }, 0);
    expect(state.speed).toBe(1024);
    state = reduceReplay(state, { kind: 'faster' }, 0);
    expect(state.speed).toBe(replaySpeed.unlimited);
    expect(reduceReplay(state, { kind: 'faster' }, 0).speed).toBe(replaySpeed.unlimited);
    expect(reduceReplay(state, { kind: 'slower' }, 0).speed).toBe(1024);
    expect(reduceReplay(initialReplay(1 / 64, 0), { kind: 'slower' }, 0).speed).toBe(1 / 64);
  });

  it('steps: the next record at once, then pause with the delay after it still to wait', () => {
    const stepping = replayed(1, [0, shown(10)], [1000, 'step']);
    expect(dueInMs(stepping, 1000)).toBe(0);
    const stepped = reduceReplay(stepping, shown(7), 1000);
    expect(dueInMs(stepped, 50_000)).toBeNull();
    expect(dueInMs(reduceReplay(stepped, { kind: 'resume' }, 50_000), 50_000)).toBe(7000);
  });

  it('is over for good when it was stopped or has ended', () => {
    for (const last of ['stop', 'end'] as const) {
      const over = replayed(1, [0, shown(10)], [1000, last]);
      expect(dueInMs(over, 1000)).toBeNull();
      for (const input of ['resume', 'step', 'faster', 'end', 'stop'] as const) {
        expect(reduceReplay(over, { kind: input }, 2000).mode).toBe(over.mode);
      }
    }
  });

  it('never waits longer because the clock was set back', () => {
    expect(dueInMs(replayed(1, [5000, shown(2)]), 1000)).toBe(2000);
  });

  it('waits the whole delay in file time, however often it is paused and its speed is changed', () => {
    const inputs = fc.array(fc.tuple(fc.nat({ max: 500 }), fc.constantFrom('pause', 'resume', 'faster', 'slower')), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(inputs, (steps) => {
        let state = reduceReplay(initialReplay(1, 0), shown(60), 0);
        let atMs = 0;
        let usedMs = 0;
        for (const [laterMs, kind] of steps) {
          if (state.mode === 'playing') usedMs += laterMs * state.speed;
          atMs += laterMs;
          state = reduceReplay(state, { kind: kind as 'pause' }, atMs);
          fc.pre(Number.isFinite(state.speed));
        }
        expect(remainingMs(state, atMs)).toBe(Math.max(0, 60_000 - usedMs));
      }),
    );
  });
});
