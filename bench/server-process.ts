/** A server as a child process: its output in a file, an end that is waited for. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';

export interface ServerProcess {
  readonly processId: number;
  /** Throws, with the end of its output, when the process has ended. */
  assertAlive(): Promise<void>;
  /** Ends it and waits. May be called twice. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface ServerProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly outputFile: string;
  /** User id to run as, where not our own. */
  readonly userId?: number;
}

const stopMsMax = 30_000;

export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const output = await open(options.outputFile, 'a');
  const child = spawn(options.command, options.args, {
    stdio: ['ignore', output.fd, output.fd],
    ...(options.userId === undefined ? {} : { uid: options.userId, gid: options.userId }),
  });
  await output.close();
  let failure: Error | undefined;
  child.on('error', (error) => {
    failure = error;
  });
  const ended = () => failure !== undefined || child.exitCode !== null || child.signalCode !== null;
  return {
    processId: child.pid ?? 0,
    async assertAlive() {
      if (!ended()) return;
      const said = (await readFile(options.outputFile, 'utf8')).slice(-2000);
      throw new Error(
        `${options.command} has ended (${failure?.message ?? child.exitCode ?? child.signalCode}):\n${said}`,
      );
    },
    stop: (signal = 'SIGTERM') => (ended() ? Promise.resolve() : stopChild(child, signal)),
  };
}

async function stopChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const kill = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
  const closed = once(child, 'exit');
  child.kill(signal);
  await closed;
  clearTimeout(kill);
}

/** Asks `ready` again and again until it answers true. Throws when the process ends or after `withinMs`. */
export async function untilReady(
  server: ServerProcess,
  ready: () => Promise<boolean>,
  withinMs = 30_000,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await ready())) {
    await server.assertAlive();
    if (performance.now() > deadlineMs) throw new Error(`not ready within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A port that is free now. UDP servers use the same number: nothing else was started on it. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
