/** A private PostgreSQL cluster in a folder, with the settings it comes with (fsync and synchronous_commit on). */
import { execFile } from 'node:child_process';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram, userIdOf } from './installed.ts';
import { freePort, startServerProcess, untilReady } from './server-process.ts';

const run = promisify(execFile);

export interface PostgresCluster {
  readonly port: number;
  readonly processId: number;
  /** Runs SQL from a file in the database `radius`. */
  runFile(file: string): Promise<void>;
  /** One value as text. */
  ask(sql: string): Promise<string>;
  stop(): Promise<void>;
}

export function postgresMissing(): string | null {
  const missing = ['initdb', 'postgres', 'psql'].filter((name) => findProgram(name) === null);
  if (missing.length > 0) return `PostgreSQL is not installed (${missing.join(', ')} not found)`;
  if (process.getuid?.() === 0 && userIdOf('postgres') === null)
    return 'PostgreSQL refuses root, and no user "postgres" is there';
  return null;
}

export async function startPostgres(folder: string): Promise<PostgresCluster> {
  const userId = process.getuid?.() === 0 ? userIdOf('postgres') : null;
  const asUser = userId === null ? {} : { uid: userId, gid: userId };
  const data = join(folder, 'cluster');
  await mkdir(data);
  if (userId !== null) await chown(data, userId, userId);
  await run(findProgram('initdb')!, ['-D', data, '-U', 'radius', '--auth=trust', '--encoding=UTF8', '--locale=C'], {
    ...asUser,
    cwd: data,
  });
  const port = await freePort();
  const server = await startServerProcess({
    command: findProgram('postgres')!,
    args: ['-D', data, '-p', String(port), '-k', data, '-c', 'listen_addresses=127.0.0.1'],
    outputFile: join(folder, 'postgres.log'),
    ...(userId === null ? {} : { userId }),
  });
  const psql = (database: string, args: readonly string[]) =>
    run(findProgram('psql')!, [
      ...['-h', '127.0.0.1', '-p', String(port), '-U', 'radius', '-d', database],
      ...['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', ...args],
    ]);
  const answers = () =>
    psql('postgres', ['-c', 'SELECT 1']).then(
      () => true,
      () => false,
    );
  await untilReady(server, answers);
  await psql('postgres', ['-c', 'CREATE DATABASE radius']);
  return {
    port,
    processId: server.processId,
    runFile: async (file) => void (await psql('radius', ['-f', file])),
    ask: async (sql) => (await psql('radius', ['-c', sql])).stdout.trim(),
    stop: () => server.stop('SIGINT'),
  };
}
