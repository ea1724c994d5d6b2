/** `meterd start`: the daemon until a signal ends it. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { loadConfig } from '../config.ts';
import { type Daemon, startDaemon } from '../daemon.ts';
import { holdLittleMemory } from '../memory.ts';

const help = `meterd start [--config FILE]

Runs the daemon. Without --config everything has its default, and no RADIUS client is known.
Each value can be overridden by the environment: http.port by METERD_HTTP_PORT, data by METERD_DATA, and so on.
SIGINT or SIGTERM ends it: what was received is logged and rated first.`;

export async function startCommand(args: string[]): Promise<number> {
  let file: string | null;
  try {
    const { values } = parseArgs({
      args,
      options: { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) {
      console.log(help);
      return 0;
    }
    file = values.config ?? null;
  } catch (cause) {
    console.error(`meterd start: ${(cause as Error).message}\n\n${help}`);
    return 2;
  }
  holdLittleMemory();
  const { config, warnings } = loadConfig(file, process.env);
  const logger = pino({ level: process.env.METERD_LOG_LEVEL ?? 'info' });
  for (const warning of warnings) logger.warn(warning);
  const daemon = await startDaemon({ config, logger, version: packageVersion() });
  if (daemon.newAdminPassword !== null) {
    console.log(
      `First administrator: login "${config.admin.login}", password "${daemon.newAdminPassword}" (shown once)`,
    );
  }
  if (config.radius.clients.length === 0) logger.warn('no RADIUS client is configured: every datagram is refused');
  const { url, radiusPort, flowPort } = daemon;
  logger.info({ url, radiusPort, ...(flowPort > 0 ? { flowPort } : {}), data: config.data }, 'meterd is ready');
  await untilSignal(daemon);
  logger.info('meterd has stopped');
  return 0;
}

/** Waits for SIGINT or SIGTERM and stops the daemon; a second signal ends the process at once. */
export async function untilSignal(daemon: Pick<Daemon, 'stop'>): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130));
        resolve();
      });
    }
  });
  await daemon.stop();
}

export function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
