/** A real daemon as a child process, as an operator would run it, for tests from outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const meterd = fileURLToPath(new URL('../../daemon/meterd.js', import.meta.url));
export const adminPassword = 'admin-password-of-the-test';
export const radiusSecret = 'secret-of-the-test-0123456789';

export interface RunningProcess {
  readonly url: string;
  readonly radiusPort: number;
  readonly child: ChildProcess;
  /** Exit code or signal, once it has ended. */
  readonly ended: Promise<number | string>;
  /** Everything it has printed so far. */
  output(): string;
  stop(): Promise<number | string>;
}

export interface TestFolder {
  readonly path: string;
  readonly configFile: string;
  remove(): void;
}

/** A temporary folder with a configuration; `extra` is merged over the defaults, key by key at the top. */
export function makeFolder(radiusPort: number, extra: Record<string, unknown> = {}): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'meterd-test-'));
  const configFile = join(path, 'meterd.yaml');
  const config = {
    data: join(path, 'data'),
    http: { port: 0 },
    radius: {
      host: '127.0.0.1',
      port: radiusPort,
      clients: [{ cidr: '127.0.0.0/8', name: 'test', secret: radiusSecret }],
    },
    admin: { password: adminPassword },
    ...extra,
  };
  writeFileSync(configFile, JSON.stringify(config));
  return { path, configFile, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts `meterd start` and waits until it says that it is ready. Rejects with its output where it ends before. */
export async function startProcess(
  configFile: string,
  environment: Record<string, string> = {},
): Promise<RunningProcess> {
  const child = spawn(process.execPath, [meterd, 'start', '--config', configFile], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code ?? -1));
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const ready = await new Promise<{ url: string; radiusPort: number }>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`;
      if (line.includes('"meterd is ready"')) resolve(JSON.parse(line) as { url: string; radiusPort: number });
    });
    void ended.then((how) => reject(new Error(`meterd ended (${how}) before it was ready:\n${output}`)));
  });
  return {
    url: ready.url,
    radiusPort: ready.radiusPort,
    child,
    ended,
    output: () => output,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Runs a meterd command to its end. */
export async function runMeterd(args: readonly string[]): Promise<{ code: number | string; out: string; err: string }> {
  const child = spawn(process.execPath, [meterd, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const code = await new Promise<number | string>((resolve) => {
    child.once('close', (exitCode, signal) => resolve(signal ?? exitCode ?? -1));
  });
  return { code, out, err };
}

/** A UDP port that was free a moment ago, for a daemon that must come back on the same one. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

/** A TCP port that was free a moment ago, for the same reason. */
export async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
