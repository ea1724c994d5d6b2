#!/usr/bin/env -S node --max-semi-space-size=8
// The `meterd` command. The program is TypeScript; `npm ci` (or `npm run build`) compiles it to dist/.
import { existsSync } from 'node:fs';

const main = new URL('../dist/daemon/main.js', import.meta.url);
if (!existsSync(main)) {
  console.error('meterd: dist/daemon/main.js is missing: run "npm ci" or "npm run build" in the project folder first.');
  process.exit(1);
}
await import(main.href);
