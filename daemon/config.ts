/**
 * meterd.yaml (DESIGN §6): every key with its default, unit and limit. A broken file is told by file, line and key;
 * `METERD_…` overrides a single value (`http.port` is METERD_HTTP_PORT).
 */
import { readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type Scalar } from 'yaml';
import { meterdError } from './errors.ts';
import { type FlowConfig, type NetflowConfig, readFlow, readNetflow } from './flows/flow-config.ts';
import { type RadiusClientConfig, readClient } from './net/client-config.ts';

export interface Config {
  readonly data: string;
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** PEM files; null for plain HTTP, on this machine or behind a proxy that speaks TLS. */
    readonly tls: { readonly cert: string; readonly key: string } | null;
    readonly sessionHours: number;
  };
  readonly radius: {
    /** A socket each; `::` alone takes IPv4 as well. */
    readonly hosts: readonly string[];
    readonly port: number;
    readonly clients: readonly RadiusClientConfig[];
    readonly receiveBufferBytes: number;
    readonly clockPastHours: number;
    readonly clockFutureSeconds: number;
    /** 0: sessions are never closed for their silence. */
    readonly staleAfterMinutes: number;
    /** Files, in the order they are read. */
    readonly dictionaries: readonly string[];
  };
  readonly netflow: NetflowConfig;
  readonly flow: FlowConfig;
  readonly billing: { readonly graceHours: number };
  readonly dedupe: { readonly days: number };
  readonly events: { readonly futureSeconds: number };
  readonly log: { readonly retentionDays: number };
  readonly clock: { readonly startMs: number | null; readonly speed: number };
  readonly admin: { readonly login: string; readonly password: string | null };
}

export interface LoadedConfig {
  readonly config: Config;
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Keys of later parts of the design: accepted, so that one file serves all versions, and told to have no effect. */
const keysWithoutEffectYet = ['partitions'];

/** Reads the file (none: defaults) and the environment. Throws `config-invalid` naming file, line and key. */
export function loadConfig(file: string | null, environment: Environment): LoadedConfig {
  let text = '';
  if (file !== null) {
    try {
      text = readFileSync(file, 'utf8');
    } catch (cause) {
      throw meterdError('config-invalid', `can't read the configuration ${file}: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
  return readConfig(text, file ?? 'configuration', environment);
}

/** As `loadConfig`, of a text. */
export function readConfig(text: string, file: string, environment: Environment): LoadedConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const fault = document.errors[0];
  if (fault) {
    const line = fault.linePos?.[0].line ?? 1;
    throw meterdError('config-invalid', `${file}:${line}: not YAML: ${fault.message.split('\n')[0]}`);
  }
  const root = new Section(document.contents as Node | null, '', { file, lines, environment, warnings: [] });
  const config: Config = {
    data: root.text('data', './meterd-data'),
    http: root.section('http', (http) => ({
      host: http.text('host', '127.0.0.1'),
      port: http.integer('port', 8080, 0, 65_535),
      tls: http.section('tls', readTls),
      sessionHours: http.integer('sessionHours', 12, 1, 24 * 90),
    })),
    radius: root.section('radius', (radius) => ({
      hosts: readHosts(radius),
      port: radius.integer('port', 1813, 0, 65_535),
      clients: radius.list('clients', readClient()),
      receiveBufferBytes: radius.integer('receiveBufferBytes', 8 * 1024 * 1024, 65_536, 1024 * 1024 * 1024),
      clockPastHours: radius.integer('clockPastHours', 31 * 24, 1, 366 * 24),
      clockFutureSeconds: radius.integer('clockFutureSeconds', 300, 0, 86_400),
      staleAfterMinutes: radius.integer('staleAfterMinutes', 24 * 60, 0, 366 * 24 * 60),
      dictionaries: radius.oneOrMore('dictionaries', []),
    })),
    netflow: root.section('netflow', readNetflow),
    flow: root.section('flow', readFlow),
    billing: root.section('billing', (billing) => {
      billing.choice('order', 'log', ['log']);
      return { graceHours: billing.integer('graceHours', 24, 0, 24 * 31) };
    }),
    dedupe: root.section('dedupe', (dedupe) => ({ days: dedupe.integer('days', 400, 1, 36_525) })),
    events: root.section('events', (events) => ({
      futureSeconds: events.integer('futureSeconds', 300, 0, 86_400),
    })),
    log: root.section('log', (log) => ({ retentionDays: log.integer('retentionDays', 7, 0, 3_650) })),
    clock: root.section('clock', (clock) => ({
      startMs: clock.instant('start'),
      speed: clock.number('speed', 1, 0.001, 1_000_000),
    })),
    admin: root.section('admin', (admin) => {
      const login = admin.text('login', 'admin');
      const password = admin.optionalText('password');
      // Nobody could sign in with them.
      if (login.trim() === '') admin.fail('login', 'must not be empty');
      if (password?.trim() === '') admin.fail('password', 'must not be empty; leave it out for a random one');
      return { login, password };
    }),
  };
  root.choice('store', 'sqlite', ['sqlite']);
  for (const key of keysWithoutEffectYet) {
    if (root.has(key)) root.warn(key, 'has no effect yet');
  }
  root.refuseUnknown(keysWithoutEffectYet);
  return { config, warnings: root.context.warnings };
}

/** Both or none: half of it would be plain HTTP where TLS was meant. */
function readTls(tls: Section): { readonly cert: string; readonly key: string } | null {
  const [cert, key] = [tls.optionalText('cert'), tls.optionalText('key')];
  if (cert === null && key === null) return null;
  return {
    cert: cert ?? tls.fail('cert', 'is missing beside key'),
    key: key ?? tls.fail('key', 'is missing beside cert'),
  };
}

function readHosts(radius: Section): string[] {
  const hosts = radius.oneOrMore('host', ['0.0.0.0']);
  if (hosts.length === 0 || hosts.some((host) => host === '')) radius.fail('host', 'must name an address to listen on');
  if (hosts.length > 16) radius.fail('host', 'must name at most 16 addresses');
  const repeated = hosts.find((host, index) => hosts.indexOf(host) !== index);
  if (repeated !== undefined) radius.fail('host', `names ${repeated} twice`);
  return hosts;
}

interface Context {
  readonly file: string;
  readonly lines: LineCounter;
  readonly environment: Environment;
  readonly warnings: string[];
}

/** One mapping of the file: reads its keys by type, and remembers which were asked for. */
export class Section {
  readonly context: Context;
  readonly #node: Node | null;
  readonly #path: string;
  readonly #asked = new Set<string>();

  constructor(node: Node | null, path: string, context: Context) {
    this.context = context;
    this.#node = node;
    this.#path = path;
    if (node !== null && !isMap(node) && !(isScalar(node) && node.value === null)) {
      this.#failAt(node, path || 'the file', 'must be a mapping of keys to values');
    }
  }

  has(key: string): boolean {
    return isMap(this.#node) && this.#node.has(key);
  }

  section<T>(key: string, read: (section: Section) => T): T {
    const section = new Section(this.#child(key), this.#name(key), this.context);
    const result = read(section);
    section.refuseUnknown();
    return result;
  }

  /** With `readText`, an item may be a text instead of a mapping. */
  list<T>(key: string, read: (section: Section) => T, readText?: (text: string) => T): T[] {
    const node = this.#child(key);
    if (this.context.environment[environmentName(this.#name(key))] !== undefined) {
      this.fail(key, 'is a list, which only the file can give');
    }
    if (node === null || (isScalar(node) && node.value === null)) return [];
    if (!isSeq(node)) this.#failAt(node, this.#name(key), 'must be a list');
    return node.items.map((item, index) => {
      if (readText && isScalar(item) && item.value !== null) return readText(asWritten(item));
      const section = new Section(item as Node, `${this.#name(key)}[${index}]`, this.context);
      const result = read(section);
      section.refuseUnknown();
      return result;
    });
  }

  texts(key: string): string[] {
    const node = this.#child(key);
    if (node === null) return [];
    if (!isSeq(node)) this.#failAt(node, this.#name(key), 'must be a list of texts');
    return node.items.map((item) =>
      isScalar(item) && item.value !== null ? asWritten(item) : this.fail(key, 'must be a list of texts'),
    );
  }

  optionalText(key: string): string | null {
    const value = this.#value(key);
    if (value === undefined || value === null) return null;
    if (typeof value === 'object') this.fail(key, 'must be a text');
    const node = this.#child(key);
    return typeof value !== 'string' && isScalar(node) ? asWritten(node) : String(value);
  }

  text(key: string, fallback: string): string {
    return this.optionalText(key) ?? fallback;
  }

  /** A text or a list of them; in the environment they are separated by commas. */
  oneOrMore(key: string, fallback: readonly string[]): string[] {
    const override = this.context.environment[environmentName(this.#name(key))];
    if (override !== undefined) return override.split(',').map((text) => text.trim());
    if (isSeq(this.#child(key))) return this.texts(key);
    const single = this.optionalText(key);
    return single === null ? [...fallback] : [single];
  }

  choice<T extends string>(key: string, fallback: T, choices: readonly T[]): T {
    const value = this.text(key, fallback) as T;
    if (!choices.includes(value)) this.fail(key, `must be ${choices.join(' or ')} in this version, not "${value}"`);
    return value;
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.#value(key) ?? fallback;
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    return this.fail(key, `must be true or false, not "${String(value)}"`);
  }

  number(key: string, fallback: number, min: number, max: number): number {
    const value = this.#value(key) ?? fallback;
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number) || number < min || number > max) {
      return this.fail(key, `must be a number from ${min} to ${max}, not "${String(value)}"`);
    }
    return number;
  }

  integer(key: string, fallback: number, min: number, max: number): number {
    const number = this.number(key, fallback, min, max);
    if (!Number.isInteger(number)) this.fail(key, `must be a whole number from ${min} to ${max}, not "${number}"`);
    return number;
  }

  instant(key: string): number | null {
    const value = this.#value(key);
    if (value === undefined || value === null) return null;
    const ms = value instanceof Date ? value.getTime() : Date.parse(String(value));
    return Number.isNaN(ms)
      ? this.fail(key, `must be a time such as 2026-01-31T12:00:00Z, not "${String(value)}"`)
      : ms;
  }

  refuseUnknown(known: readonly string[] = []): void {
    if (!isMap(this.#node)) return;
    for (const pair of this.#node.items) {
      const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
      if (this.#asked.has(key) || known.includes(key)) continue;
      const expected = [...this.#asked].join(', ');
      this.#failAt(pair.key as Node, this.#name(key), `is not a key meterd knows; here it knows ${expected}`);
    }
  }

  warn(key: string, what: string): void {
    this.context.warnings.push(`${this.#where(this.#child(key))}: ${this.#name(key)} ${what}`);
  }

  fail(key: string, what: string): never {
    return this.#failAt(this.#child(key) ?? this.#node, this.#name(key), what);
  }

  #failAt(node: Node | null, name: string, what: string): never {
    const override = this.context.environment[environmentName(name)];
    const where = override === undefined ? this.#where(node) : `environment ${environmentName(name)}`;
    throw meterdError('config-invalid', `${where}: ${name} ${what}`);
  }

  #where(node: Node | null): string {
    const line = node?.range ? this.context.lines.linePos(node.range[0]).line : 1;
    return `${this.context.file}:${line}`;
  }

  #value(key: string): unknown {
    const override = this.context.environment[environmentName(this.#name(key))];
    const node = this.#child(key);
    if (override !== undefined) return override;
    if (node === null) return undefined;
    return isScalar(node) ? node.value : node;
  }

  #child(key: string): Node | null {
    this.#asked.add(key);
    return isMap(this.#node) ? ((this.#node.get(key, true) as Node | undefined) ?? null) : null;
  }

  #name(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`;
  }
}

/** A text may look like a number or a truth to YAML: a secret of twenty digits must not lose the last of them. */
function asWritten(scalar: Scalar): string {
  return typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? String(scalar.value));
}

/** `radius.receiveBufferBytes` is METERD_RADIUS_RECEIVE_BUFFER_BYTES. */
function environmentName(path: string): string {
  const words = path.replace(/([a-z])([A-Z])/g, '$1_$2').replaceAll('.', '_');
  return `METERD_${words.toUpperCase()}`;
}
