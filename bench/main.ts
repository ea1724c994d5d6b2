/** `npm run bench -- NAME …`: measures meterd beside its peers, on this machine, in one run. */
import { benchFlows } from './flows.ts';
import { benchFlowsInProcess } from './flows-in-process.ts';
import { benchLive } from './live.ts';
import { benchRadius } from './radius.ts';
import { benchRating } from './rating.ts';

const benches: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  flows: benchFlows,
  'flows-in-process': benchFlowsInProcess,
  live: benchLive,
  radius: benchRadius,
  rating: benchRating,
};

const [name = '', ...args] = process.argv.slice(2);
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (bench === undefined) {
  process.stderr.write(
    `Usage: npm run bench -- NAME [OPTION]...\nNAME is one of: ${Object.keys(benches).join(', ')}\n`,
  );
  process.exitCode = 2;
} else {
  process.exitCode = await bench(args);
}
