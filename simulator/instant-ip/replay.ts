/**
 * When is the next record due (REQUIREMENTS I3, I4)? A state machine without clock, file or timer: `atMs` is any steady
 * clock, handed in with each input.
 *
 *   playing --pause--> paused --resume--> playing        step: the next record at once, then paused
 *   either --stop--> stopped     either --end--> ended   (both for good)
 *
 * The first record is due at once. After a record its delay is waited, in file time; a second of the clock uses up
 * `speed` seconds of it, so that a change of speed or a pause in mid-wait loses nothing and waits nothing twice.
 */

export const replaySpeed = { min: 1 / 64, max: 1024, unlimited: Number.POSITIVE_INFINITY } as const;

export interface ReplayState {
  readonly mode: 'playing' | 'paused' | 'stopped' | 'ended';
  /** File seconds per second of the clock; `unlimited` waits for nothing. */
  readonly speed: number;
  /** File time that was left to wait at `atMs`. */
  readonly remainingMs: number;
  readonly atMs: number;
  /** One record is due although the replay is paused. */
  readonly stepping: boolean;
}

export type ReplayInput =
  /** A record has been shown; its delay begins. */
  | { readonly kind: 'shown'; readonly delaySeconds: number }
  | { readonly kind: 'pause' | 'resume' | 'step' | 'stop' | 'end' | 'faster' | 'slower' };

export function initialReplay(speed: number, atMs: number): ReplayState {
  return { mode: 'playing', speed, remainingMs: 0, atMs, stepping: false };
}

export function reduceReplay(before: ReplayState, input: ReplayInput, atMs: number): ReplayState {
  const state = advanced(before, atMs);
  if (isOver(state)) return state;
  switch (input.kind) {
    case 'shown':
      return { ...state, remainingMs: input.delaySeconds * 1000, stepping: false };
    case 'pause':
      return { ...state, mode: 'paused' };
    case 'resume':
      return { ...state, mode: 'playing', stepping: false };
    case 'step':
      return { ...state, mode: 'paused', stepping: true };
    case 'stop':
      return { ...state, mode: 'stopped', stepping: false };
    case 'end':
      return { ...state, mode: 'ended', stepping: false, remainingMs: 0 };
    case 'faster':
      return { ...state, speed: state.speed >= replaySpeed.max ? replaySpeed.unlimited : state.speed * 2 };
    case 'slower':
      return { ...state, speed: Math.max(replaySpeed.min, Math.min(replaySpeed.max * 2, state.speed) / 2) };
  }
}

/** Clock time until the next record; 0 when it is due, null when nothing will be until another input comes. */
export function dueInMs(before: ReplayState, atMs: number): number | null {
  const state = advanced(before, atMs);
  if (isOver(state)) return null;
  if (state.stepping) return 0;
  if (state.mode === 'paused') return null;
  return state.remainingMs === 0 ? 0 : state.remainingMs / state.speed;
}

/** File time left before the next record, for the countdown. */
export function remainingMs(state: ReplayState, atMs: number): number {
  return advanced(state, atMs).remainingMs;
}

export function isOver({ mode }: ReplayState): boolean {
  return mode === 'stopped' || mode === 'ended';
}

function advanced(state: ReplayState, atMs: number): ReplayState {
  const elapsedMs = Math.max(0, atMs - state.atMs);
  if (state.mode !== 'playing') return { ...state, atMs: state.atMs + elapsedMs };
  const left = state.speed === replaySpeed.unlimited ? 0 : state.remainingMs - elapsedMs * state.speed;
  return { ...state, remainingMs: Math.max(0, left), atMs: state.atMs + elapsedMs };
}
