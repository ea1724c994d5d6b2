/**
 * Places where a test may kill the process, as a power cut would: `METERD_FAILPOINT=name:count` sends SIGKILL to itself
 * at the count-th passage of that place, or ends but the thread where it is the flow thread's. Without the variable, a
 * passage costs one comparison.
 */
export type FailpointName =
  | 'after-log-commit'
  | 'before-rating'
  | 'inside-store-commit'
  | 'after-store-commit'
  | 'before-first-tick'
  | 'flow-datagram';

const [armed, countText] = (process.env.METERD_FAILPOINT ?? '').split(':');
let passagesLeft = Number(countText ?? '1');

export function failpoint(name: FailpointName): void {
  if (armed !== name || --passagesLeft > 0) return;
  if (name === 'flow-datagram') throw new Error(`failpoint ${name}`);
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered asynchronously; nothing of this process may happen after it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
