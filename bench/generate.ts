/** The generator's process: `meterd simulate` without the rest of meterd. */
import { simulateCommand } from '../daemon/commands/simulate.ts';

process.exitCode = await simulateCommand(process.argv.slice(2));
