/** The `meterd` command line (DESIGN §5): finds the command, and turns what it throws into one clear sentence. */
import { readFileSync } from 'node:fs';
import { MeterdError } from './errors.ts';

const help = `meterd: usage metering, rating and live billing for Internet providers

  meterd start [--config FILE]        run the daemon
  meterd demo                         run it on a temporary store with demo accounts and a simulated NAS
  meterd plan check FILE.xml          say what is wrong with a price plan
  meterd plan compile FILE.xml        print the code a plan compiles to
  meterd plan rate FILE.xml --usage FILE.ndjson [--zone Area/City] [--from DATE] [--until DATE]
                                      [--cycle-day N] [--trace] [--interpret] [--json]
  meterd simulate nas --server HOST:PORT --secret S [...]
                                      send RADIUS accounting as many devices would
  meterd simulate instant-ip FILE [--speed N] [--to URL --token T --account A | --serve PORT]
                                      replay Instant-IP usage records
  meterd export --format instant-ip --account ID [...]
                                      write an account's charges as Instant-IP records
  meterd --version

Each command explains itself with --help. Exit codes: 0 well, 1 the work failed, 2 wrong usage or input.`;

type Command = (args: string[]) => Promise<number>;

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./commands/start.ts')).startCommand,
  demo: async () => (await import('./commands/demo.ts')).demoCommand,
  plan: async () => (await import('./commands/plan.ts')).planCommand,
  export: async () => (await import('./commands/export.ts')).exportCommand,
  simulate: async () => (await import('./commands/simulate.ts')).simulateCommand,
};

const [name = '--help', ...args] = process.argv.slice(2);
process.exitCode = await run(name, args);

async function run(command: string, rest: string[]): Promise<number> {
  if (command === '--help' || command === '-h' || command === 'help') {
    console.log(help);
    return 0;
  }
  if (command === '--version') {
    console.log(version());
    return 0;
  }
  const load = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (load === undefined) {
    console.error(`meterd: no command "${command}"; "meterd --help" lists them.`);
    return 2;
  }
  try {
    return await (await load())(rest);
  } catch (cause) {
    console.error(`meterd: ${cause instanceof MeterdError ? cause.message : ((cause as Error).stack ?? cause)}`);
    return 1;
  }
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
