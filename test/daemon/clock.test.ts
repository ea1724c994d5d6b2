import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MachineTime, makeClock, SteadyClock } from '../../daemon/clock.ts';

const begin = Date.UTC(2026, 2, 10);
const dayMs = 86_400_000;

/** A machine whose time runs, whose clock is set and which sleeps as a test says. */
class Machine implements MachineTime {
  wall = begin;
  monotonic = 123;
  slept = 0;
  wallMs = () => this.wall;
  monotonicMs = () => this.monotonic;
  sinceBootMs = (): number | null => this.monotonic + this.slept;

  run(ms: number): void {
    this.wall += ms;
    this.monotonic += ms;
  }

  sleep(ms: number): void {
    this.wall += ms;
    this.slept += ms;
  }
}

/** Runs for a time, looked at each second. */
function pass(machine: Machine, clock: SteadyClock, ms: number): void {
  for (let left = ms; left > 0; left -= 1_000) {
    machine.run(Math.min(left, 1_000));
    clock.now();
  }
}

describe('the steady clock', () => {
  it('is the machine’s while that one only runs, and takes over what NTP corrects', () => {
    const machine = new Machine();
    const clock = new SteadyClock(machine);
    pass(machine, clock, 10_000);
    machine.wall += 400;
    pass(machine, clock, 1_000);
    expect([clock.now(), clock.differenceMs]).toEqual([begin + 11_400, 0]);
  });

  it.each([dayMs, -dayMs])('follows a jump of %d ms at a tenth of its pace, and tells of it', (jumpMs) => {
    const machine = new Machine();
    const clock = new SteadyClock(machine);
    machine.wall += jumpMs;
    pass(machine, clock, 60_000);
    expect(clock.now()).toBe(begin + 60_000 + Math.sign(jumpMs) * 6_000);
    expect(clock.differenceMs).toBe(jumpMs - Math.sign(jumpMs) * 6_000);
    machine.wall -= jumpMs;
    pass(machine, clock, 120_000);
    expect([clock.now(), clock.differenceMs]).toEqual([begin + 180_000, 0]);
  });

  it('takes over the time that the machine slept, and no jump beside it', () => {
    const machine = new Machine();
    const clock = new SteadyClock(machine);
    machine.sleep(dayMs);
    pass(machine, clock, 1_000);
    expect([clock.now(), clock.differenceMs]).toEqual([begin + dayMs + 1_000, 0]);
    machine.sleep(dayMs);
    machine.wall += dayMs;
    pass(machine, clock, 1_000);
    expect([clock.now(), clock.differenceMs]).toEqual([begin + 2 * dayMs + 2_000, dayMs]);
  });

  it('does without knowing of sleep', () => {
    const machine = new Machine();
    machine.sinceBootMs = () => null;
    const clock = new SteadyClock(machine);
    machine.wall += dayMs;
    pass(machine, clock, 1_000);
    expect(clock.now()).toBe(begin + 1_100);
  });

  it('runs at its pace, give or take a tenth and a second, however the machine’s is set', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: -1e12, max: 1e12 })));
    fc.assert(
      fc.property(steps, (sets) => {
        const machine = new Machine();
        const clock = new SteadyClock(machine);
        for (const [ranMs, setMs] of sets) {
          const before = clock.now();
          machine.run(ranMs);
          machine.wall += setMs;
          const elapsedMs = clock.now() - before;
          expect(elapsedMs).toBeGreaterThanOrEqual(Math.floor(ranMs * 0.9) - 1_000);
          expect(elapsedMs).toBeLessThanOrEqual(Math.ceil(ranMs * 1.1) + 1_000);
        }
      }),
    );
  });
});

it('simulated time begins where it is told and runs at its speed, whatever the machine’s clock does', () => {
  const machine = new Machine();
  const clock = new SteadyClock(machine);
  const now = makeClock({ startMs: 0, speed: 60, originMs: clock.now() }, clock);
  machine.run(500);
  machine.wall += dayMs;
  expect(now()).toBe(30_000);
});
