/** Debian's radclient as a NAS: one accounting request, answered or not. */
import { spawn } from 'node:child_process';
import { radiusSecret } from './daemon-process.ts';

export interface RadclientRequest {
  readonly port: number;
  /** Default 127.0.0.1; IPv6 in brackets. */
  readonly host?: string;
  /** Default an Accounting-Request. */
  readonly kind?: 'acct' | 'status';
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly secret?: string;
  /** More attribute lines as radclient reads them, for those that repeat. */
  readonly lines?: readonly string[];
  readonly timeoutSeconds?: number;
}

/** True where radclient saw a valid Accounting-Response; its output beside it. */
export async function radclient(
  program: string,
  request: RadclientRequest,
): Promise<{ readonly answered: boolean; readonly output: string }> {
  const lines = Object.entries(request.attributes).map(([name, value]) =>
    typeof value === 'number' || /^(Start|Stop|Interim-Update|Accounting-O)/.test(value) || name.endsWith('-Address')
      ? `${name} = ${value}`
      : `${name} = "${value}"`,
  );
  const args = [
    '-x',
    '-r',
    '1',
    '-t',
    String(request.timeoutSeconds ?? 5),
    `${request.host ?? '127.0.0.1'}:${request.port}`,
  ];
  const child = spawn(program, [...args, request.kind ?? 'acct', request.secret ?? radiusSecret], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  child.stdin.end(`${[...lines, ...(request.lines ?? [])].join('\n')}\n`);
  const code = await new Promise<number>((resolve) => child.once('close', (exit) => resolve(exit ?? -1)));
  return { answered: code === 0 && /Received Accounting-Response/.test(output), output };
}
