/** What a command writes while a test runs. */
import { onTestFinished, vi } from 'vitest';

export function captured(): { out: () => string; err: () => string } {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => {
    out.mockRestore();
    err.mockRestore();
  });
  const textOf = (spy: typeof out) => spy.mock.calls.map(([text]) => String(text)).join('');
  return { out: () => textOf(out), err: () => textOf(err) };
}
