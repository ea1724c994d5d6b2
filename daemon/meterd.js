#!/usr/bin/env -S node --max-semi-space-size=8
// The `meterd` command. V8 may have 8 MB for new objects, twice, instead of 16: what the receiving thread makes dies young,
// and only here can it be told (docs/decisions/0017-the-log-in-segments.md).
// The program is TypeScript; `npm ci` (or `npm run build`) compiles it to dist/.
import { existsSync } from 'node:fs';

const main = new URL('../dist/daemon/main.js', import.meta.url);
if (!existsSync(main)) {
  console.error('meterd: dist/daemon/main.js is missing: run "npm ci" or "npm run build" in the project folder first.');
  process.exit(1);
}
await import(main.href);
