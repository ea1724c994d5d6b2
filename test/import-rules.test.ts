/**
 * The rooms and what they may import (DESIGN §2), read from the sources themselves. A rule is a list of what is allowed;
 * everything else is a violation, so a new dependency has to be written down here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const rooms = ['collectors', 'rating', 'daemon', 'web', 'simulator', 'bench'];

interface Import {
  readonly target: string;
  /** Gone after compilation. */
  readonly typeOnly: boolean;
}

/** One allowed import: a package, a path from the root, or a folder ending in `/`. */
interface Allowed {
  readonly target: string;
  readonly typeOnly?: true;
  /** Only from files under this folder. */
  readonly from?: string;
}

const packages = (...names: string[]): Allowed[] => names.map((target) => ({ target }));

const rules: Readonly<Record<string, readonly Allowed[]>> = {
  collectors: packages('node:crypto'),
  // saxes is its XML reader, without external entities or DTDs (DESIGN §4).
  rating: packages('decimal.js', 'saxes'),
  daemon: [
    { target: 'collectors/index.ts' },
    { target: 'rating/index.ts' },
    // The command line starts the simulator; no other part of the daemon knows it.
    { target: 'simulator/index.ts', from: 'daemon/commands/' },
    { target: 'simulator/exporter/command.ts', from: 'daemon/commands/' },
    { target: 'simulator/instant-ip/command.ts', from: 'daemon/commands/' },
    { target: 'simulator/nas/command.ts', from: 'daemon/commands/' },
    { target: 'node:' },
    { target: '@fastify/' },
    // Calls into the C library, in one place.
    { target: 'koffi', from: 'daemon/net/system-calls.ts' },
    // The command's first step, before there is anything compiled to name.
    { target: '(computed)', from: 'daemon/meterd.js' },
    ...packages('better-sqlite3', 'decimal.js', 'fastify', 'kysely', 'mmdb-lib', 'pino', 'prom-client', 'ws', 'yaml'),
  ],
  web: [
    { target: 'rating/index.ts' },
    { target: 'daemon/contract.ts', typeOnly: true },
    { target: 'react' },
    { target: 'react-dom/' },
    { target: 'uplot' },
    { target: 'uplot/' },
    { target: 'vite', from: 'web/vite.config.ts' },
    { target: '@vitejs/plugin-react', from: 'web/vite.config.ts' },
  ],
  // Independent of what it tests: never rating, never the daemon, but for the fuzzers.
  simulator: [
    { target: 'collectors/index.ts' },
    { target: 'node:' },
    { target: 'ws' },
    // The Instant-IP server says what the daemon would say, so that one display serves both.
    { target: 'daemon/contract.ts', typeOnly: true, from: 'simulator/instant-ip/' },
    { target: 'fastify', from: 'simulator/instant-ip/' },
    { target: '@fastify/static', from: 'simulator/instant-ip/' },
    // What the daemon makes of a datagram, without its sockets and files.
    { target: 'daemon/mediation/', from: 'simulator/fuzz/' },
    { target: 'daemon/log/entry-codec.ts', from: 'simulator/fuzz/' },
  ],
  // Measures from outside; what it starts, it starts through the public faces.
  bench: [
    { target: 'collectors/index.ts' },
    { target: 'rating/index.ts' },
    { target: 'simulator/index.ts' },
    { target: 'daemon/contract.ts', typeOnly: true },
    { target: 'daemon/commands/' },
    // Compiled plans are measured as the daemon runs them.
    { target: 'daemon/plans/load-code.ts', from: 'bench/rating.ts' },
    // The generator sends as cheaply as the daemon receives.
    { target: 'daemon/net/batched-socket.ts', from: 'bench/generate.ts' },
    { target: 'daemon/thread-schedule.ts', from: 'bench/generate.ts' },
    { target: 'simulator/nas/', from: 'bench/generate.ts' },
    // A million addresses are put into the store beforehand.
    { target: 'better-sqlite3', from: 'bench/flow-growth.ts' },
    { target: 'node:' },
    { target: 'ws' },
  ],
};

const linesMax = 420;
/** Files beyond the limit, each with its reason. */
const longFiles: Readonly<Record<string, string>> = {
  'web/messages.en.ts': 'every text of the pages, in one typed file that another language must match',
};

function sourceFiles(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(tsx?|jsx?|mjs|cjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((file) => !/\/(node_modules|dist)\//.test(file))
    .sort();
}

/** Every import, export-from, dynamic import and require of a text; relative ones as paths from the root. */
function importsOf(file: string, text: string): Import[] {
  const kind = file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false, kind);
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    const name = specifier && ts.isStringLiteralLike(specifier) ? specifier.text : '(computed)';
    found.push({ target: name.startsWith('.') ? posix.join(posix.dirname(file), name) : name, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node)) {
      const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
      const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require';
      if (isImport || isRequire) add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** `import type …`, or `import { type A, type B }`: with verbatimModuleSyntax the latter still loads the module. */
function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  return clause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

function isAllowed(room: string, file: string, { target, typeOnly }: Import): boolean {
  if (target.startsWith(`${room}/`)) return true;
  return (rules[room] ?? []).some((rule) => {
    const matches = /[/:]$/.test(rule.target) ? target.startsWith(rule.target) : target === rule.target;
    return matches && (!rule.typeOnly || typeOnly) && file.startsWith(rule.from ?? '');
  });
}

function violations(file: string, text: string): string[] {
  const room = file.split('/')[0]!;
  return importsOf(file, text)
    .filter((one) => !isAllowed(room, file, one))
    .map(({ target, typeOnly }) => `${file} imports ${typeOnly ? 'types of ' : ''}${target}`);
}

/** Places that make code of text: `eval(…)`, `Function(…)`, or a timer given a string. */
function codeMakers(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false, ts.ScriptKind.TSX);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && ts.isIdentifier(node.expression)) {
      const { text: name } = node.expression;
      const first = node.arguments?.[0];
      const timed = /^set(Timeout|Interval)$/.test(name) && first !== undefined && ts.isStringLiteralLike(first);
      if (name === 'eval' || name === 'Function' || timed) found.push(name);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Names of what only Node has, where they are used as they are: not as a property, nor for a type. */
function nodeGlobals(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isName = ts.isIdentifier(node) && /^(Buffer|process|global|require|__dirname|setImmediate)$/.test(node.text);
    const isMember = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
    if (isName && !isMember && !ts.isPropertyAssignment(node.parent)) found.push(`${file}: ${node.getText()}`);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  return found;
}

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const allFiles = rooms.flatMap(sourceFiles);

describe('the rooms', () => {
  it.each(rooms)('%s imports only what it may', (room) => {
    const files = sourceFiles(room);
    expect(files.length).toBeGreaterThan(0);
    expect(files.flatMap((file) => violations(file, read(file)))).toEqual([]);
  });

  it('have one face each: no index.ts but at the top of a room', () => {
    const faces = allFiles.filter((file) => /\/index\.(ts|tsx)$/.test(file));
    expect(faces.filter((file) => file.split('/').length > 2)).toEqual([]);
  });
});

describe('the rules themselves', () => {
  it.each([
    ['web/a.tsx', "import { addDecimal } from '../rating/money.ts';"],
    ['web/a.tsx', "import { type BillView } from '../daemon/contract.ts';"],
    ['web/a.tsx', "import fs from 'node:fs';"],
    ['web/deep/a.ts', "export * from '../../daemon/contract.ts';"],
    ['web/a.ts', "import 'left-pad';"],
    ['collectors/radius/a.ts', "import { readFileSync } from 'node:fs';"],
    ['collectors/a.ts', "import type { Account } from '../daemon/store/store.ts';"],
    ['rating/a.ts', "const x = await import('node:fs');"],
    ['rating/a.ts', "let x: import('../daemon/contract.ts').BillView;"],
    ['simulator/a.ts', "import { rateUsage } from '../rating/index.ts';"],
    ['simulator/a.ts', "export { x } from '../daemon/daemon.ts';"],
    ['daemon/pipeline.ts', "import { simulateNas } from '../simulator/index.ts';"],
    ['daemon/a.ts', "import { octets } from '../collectors/radius/accounting.ts';"],
    ['daemon/a.ts', "const x = require('../rating/bill.ts');"],
    ['daemon/a.ts', 'await import(name);'],
    ['daemon/a.ts', "import { afterAll } from 'vitest';"],
  ])('refuse, in %s, %s', (file, text) => {
    expect(violations(file, text)).toHaveLength(1);
  });

  it.each([
    ['web/a.tsx', "import type { BillView } from '../daemon/contract.ts';"],
    [
      'web/a.tsx',
      "import { addDecimal } from '../rating/index.ts';\nimport './a.css';\nimport { useState } from 'react';",
    ],
    ['daemon/commands/simulate.ts', "import { main } from '../../simulator/nas/command.ts';"],
    ['daemon/a/b.ts', "import { rateUsage } from '../../rating/index.ts';\nimport { x } from '../c.ts';"],
    ['rating/a.ts', "const text = \"import x from 'node:fs'\"; // import y from 'node:net'"],
  ])('allow, in %s, %s', (file, text) => {
    expect(violations(file, text)).toEqual([]);
  });

  it('see code that is made of text', () => {
    const made = "new Function('x', body); Function(body); eval('1'); setTimeout('f()', 1); setTimeout(f, 1);";
    expect(codeMakers('a.ts', made)).toEqual(['Function', 'Function', 'eval', 'setTimeout']);
    expect(codeMakers('a.ts', "type F = Function; // eval(x)\nconst s = 'new Function()';")).toEqual([]);
  });
});

describe('rating runs in a browser as well', () => {
  it('and so uses nothing that only Node has', () => {
    expect(sourceFiles('rating').flatMap((file) => nodeGlobals(file, read(file)))).toEqual([]);
  });

  it('which is seen wherever it is used', () => {
    const used = "const a = Buffer.from('x'); f(process.env); const b = { process: 1 }; b.process; // Buffer";
    expect(nodeGlobals('a.ts', used)).toEqual(['a.ts: Buffer', 'a.ts: process']);
  });
});

describe('text becomes code', () => {
  it('in one place only: daemon/plans/load-code.ts', () => {
    const makers = allFiles.filter((file) => codeMakers(file, read(file)).length > 0);
    expect(makers).toEqual(['daemon/plans/load-code.ts']);
  });
});

describe('the length of files', () => {
  const long = allFiles.filter((file) => read(file).split('\n').length - 1 > linesMax);

  it(`is at most ${linesMax} lines, but for those listed with a reason`, () => {
    expect(long.filter((file) => !(file in longFiles))).toEqual([]);
  });

  it('is an exception only where it must be: the list has no more than needed', () => {
    expect(Object.keys(longFiles).filter((file) => !long.includes(file))).toEqual([]);
  });
});
