/** The thread that writes the usage log, one call after the other, for log-thread-client.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { workPromptly } from '../thread-schedule.ts';
import type { FromLogThread, LogThreadData, ToLogThread } from './log-thread-client.ts';
import { openLogWriter } from './sqlite-log.ts';

workPromptly();

const port = parentPort!;
const writer = openLogWriter((workerData as LogThreadData).file);
let turn: Promise<unknown> = Promise.resolve();

port.on('message', ({ id, method, args }: ToLogThread) => {
  const call = writer[method] as (...values: readonly unknown[]) => Promise<unknown>;
  turn = turn
    .then(() => call.apply(writer, [...args]))
    .then(
      (value) => say({ id, value, fault: null }),
      // The code of an error, by which a full disk is known, does not cross by itself.
      (cause: Error & { code?: string }) =>
        say({ id, value: null, fault: { message: cause.message, code: cause.code ?? null } }),
    );
  if (method === 'close') turn = turn.then(() => port.close());
});

function say(message: FromLogThread): void {
  port.postMessage(message);
}
