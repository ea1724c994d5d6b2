/** The keys of a replay, on a terminal: they come one by one, unechoed, until the keyboard is closed. */
import type { ReadStream } from 'node:tty';
import type { ReplayInput, ReplayState } from './replay.ts';

export const keysText = 'space pause, s step, +/- speed, q stop';

type Command = Exclude<ReplayInput, { kind: 'shown' | 'end' }>['kind'];

/** What a key means; null when it is none of ours. Ctrl-C and Ctrl-D stop too: an unechoed terminal makes no signal. */
export function commandOfKey(key: string, mode: ReplayState['mode']): Exclude<Command, 'end'> | null {
  switch (key) {
    case ' ':
      return mode === 'paused' ? 'resume' : 'pause';
    case 's':
      return 'step';
    case '+':
    case '=':
      return 'faster';
    case '-':
      return 'slower';
    case 'q':
    case '\u0003':
    case '\u0004':
      return 'stop';
    default:
      return null;
  }
}

/** Does nothing where the input is no terminal. Answers how to close it. */
export function listenToKeys(input: ReadStream, onKey: (key: string) => void): () => void {
  if (!input.isTTY) return () => {};
  const onData = (data: Buffer) => {
    for (const key of data.toString('latin1')) onKey(key);
  };
  input.setRawMode(true);
  input.on('data', onData);
  input.resume();
  return () => {
    input.off('data', onData);
    input.setRawMode(false);
    input.pause();
  };
}
