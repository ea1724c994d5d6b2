import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errorCatalogue } from '../../daemon/errors.ts';

it('docs/errors.md lists the catalogue: code, status, and what to do, in its order', () => {
  const rows = readFileSync('docs/errors.md', 'utf8').matchAll(
    /^\| `([a-z-]+)` \| (\d{3}) \| [^|]+\. \| ([^|]+) \|$/gm,
  );
  const listed = [...rows].map(([, code, status, todo]) => ({ code, status: Number(status), todo }));
  expect(listed).toEqual(Object.entries(errorCatalogue).map(([code, { status, todo }]) => ({ code, status, todo })));
});
