/** Has the sender of flows (flow-sender.ts) send, in a process of its own; and lines of a table of what came of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface FlowLoadStep {
  readonly format: string;
  /** Records per second. */
  readonly rate: number;
  readonly seconds: number;
  readonly domain: number;
  /** Addresses that the flows are of. */
  readonly subscribers: number;
}

export interface SentFlows {
  readonly records: number;
  readonly octets: string;
  readonly elapsedSeconds: number;
  readonly errors: number;
}

export async function sendFlows(port: number, step: FlowLoadStep): Promise<SentFlows> {
  const args = [fileURLToPath(new URL('./flow-sender.js', import.meta.url))];
  const options = { port, ...step, records: Math.round(step.rate * step.seconds) };
  for (const name of ['port', 'format', 'domain', 'records', 'subscribers', 'rate'] as const)
    args.push(`--${name}`, String(options[name]));
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the sender ended with code ${code}`);
  return JSON.parse(printed) as SentFlows;
}

/** Rows as lines with columns as wide as they need; those named stand at the left. */
export function linesOf(rows: readonly (readonly string[])[], left: readonly number[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (left.includes(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}
