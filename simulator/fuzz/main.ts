/** `npm run fuzz -- netflow|radius --count N`: fuzzes a collector for as long as one likes, and prints what it met as JSON. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fuzzNetflow } from './netflow.ts';
import { fuzzRadius } from './radius.ts';

const help = `Usage: npm run fuzz -- netflow|radius [--count N] [--seed N] [--material FILE]...

  --count N         damaged datagrams                                        (default 10000000)
  --seed N          the same seed does the same damage                       (default 1)
  --material FILE   datagrams to damage beside the simulator's: each a line of hexadecimal digits
`;

const fuzzers = { netflow: fuzzNetflow, radius: fuzzRadius };

/** Memory may differ by so much between a quarter of the run and its end, B. */
const memorySlackOctets = 16 * 1024 * 1024;

function main(args: string[]): number {
  const { values, positionals } = parseArgs({
    args,
    options: {
      count: { type: 'string', default: '10000000' },
      seed: { type: 'string', default: '1' },
      material: { type: 'string', multiple: true, default: [] },
    },
    allowPositionals: true,
  });
  const [count, seed] = [Number(values.count), Number(values.seed)];
  const fuzz = Object.hasOwn(fuzzers, positionals.join()) ? fuzzers[positionals.join() as keyof typeof fuzzers] : null;
  if (fuzz === null || !(count >= 1 && Number.isInteger(count) && Number.isInteger(seed))) {
    process.stderr.write(help);
    return 2;
  }
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const material = values.material.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => Uint8Array.from(Buffer.from(line, 'hex'))),
  );
  const onProgress = (done: number) => process.stderr.write(`\r${done} of ${count}  `);
  const report = fuzz({
    seed,
    count,
    material,
    collectGarbage,
    ...(process.stderr.isTTY ? { onProgress } : {}),
  });
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  return report.memoryAtEnd - report.memoryAtQuarter > memorySlackOctets ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
