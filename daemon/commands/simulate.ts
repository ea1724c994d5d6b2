/** `meterd simulate KIND …`: runs one of the simulators (DESIGN §5). */
import { simulateExporterCommand } from '../../simulator/exporter/command.ts';
import { simulateInstantIpCommand } from '../../simulator/instant-ip/command.ts';
import { simulateNasCommand } from '../../simulator/nas/command.ts';

const kinds: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  exporter: simulateExporterCommand,
  'instant-ip': simulateInstantIpCommand,
  nas: simulateNasCommand,
};

const usage = `Usage: meterd simulate KIND [OPTION]...

Kinds:
  exporter     a router that sends flow records: NetFlow v5, v9 or IPFIX
  instant-ip   replays a file of Instant-IP usage records: in the terminal, into a daemon, or as a server by itself
  nas          a NAS that sends RADIUS accounting and verifies every answer

"meterd simulate KIND --help" tells a kind's options.
`;

/** Answers the exit code: 0 all was answered, 1 not all, 2 wrong usage. */
export async function simulateCommand(args: string[]): Promise<number> {
  const [kind, ...rest] = args;
  if (kind === '--help' || kind === '-h') {
    process.stdout.write(usage);
    return 0;
  }
  const command = kind === undefined ? undefined : Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (command === undefined) {
    const known = Object.keys(kinds).join(', ');
    const said = kind === undefined ? 'a kind is missing' : `unknown kind "${kind}"`;
    process.stderr.write(`meterd simulate: ${said}; known: ${known}\n\n${usage}`);
    return 2;
  }
  return command(rest);
}
