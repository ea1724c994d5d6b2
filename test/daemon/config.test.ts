import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, readConfig } from '../../daemon/config.ts';
import { MeterdError } from '../../daemon/errors.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';

const secret = 'sixteen characters';

const read = (text: string, environment: Record<string, string> = {}) => readConfig(text, 'meterd.yaml', environment);

/** The message of what is wrong with a text. */
function complaint(text: string, environment: Record<string, string> = {}): string {
  try {
    read(text, environment);
  } catch (cause) {
    if (!(cause instanceof MeterdError)) throw cause;
    expect(cause.code).toBe('config-invalid');
    return cause.message;
  }
  return 'accepted';
}

const client = (lines: string) => `radius:\n  clients:\n    - cidr: 192.0.2.0/24\n${lines.replace(/^/gm, '      ')}`;
const clients = (...lines: string[]) =>
  `radius:\n  clients:\n${lines.map((line) => `    - { ${line}, secret: ${secret} }\n`).join('')}`;
const clientOf = (lines: string) => read(client(lines)).config.radius.clients[0];

describe('an empty configuration', () => {
  it.each(['', '# nothing\n', '---\n', 'http:\nradius:\n  clients:\n'])('%j is all defaults', (text) => {
    expect(read(text)).toEqual({
      warnings: [],
      config: {
        data: './meterd-data',
        http: { host: '127.0.0.1', port: 8080, tls: null, sessionHours: 12 },
        radius: {
          hosts: ['0.0.0.0'],
          port: 1813,
          clients: [],
          receiveBufferBytes: 8_388_608,
          clockPastHours: 744,
          clockFutureSeconds: 300,
          staleAfterMinutes: 1_440,
          dictionaries: [],
        },
        netflow: {
          hosts: ['0.0.0.0'],
          port: 2055,
          receiveBufferBytes: 8_388_608,
          exporters: [],
          meteringPoints: [],
          classes: [],
          subscribers: [],
        },
        flow: { windowMs: 1_000, holdMs: 5_000, heldBytesMax: 268_435_456, suspendedMax: 100_000 },
        billing: { graceHours: 24 },
        dedupe: { days: 400 },
        events: { futureSeconds: 300 },
        log: { retentionDays: 7 },
        clock: { startMs: null, speed: 1 },
        admin: { login: 'admin', password: null },
      },
    });
  });
});

describe('a full configuration', () => {
  it('is read as it is written', () => {
    const { config, warnings } = read(`
data: /var/lib/meterd
store: sqlite
http: { host: "::", port: 0 }
radius:
  host: [127.0.0.1, "::1"]
  staleAfterMinutes: 90
  dictionaries: [/etc/meterd/own.dictionary]
  port: 11813
  receiveBufferBytes: 65536
  clockPastHours: 48
  clockFutureSeconds: 0
  clients:
    - { cidr: 10.0.0.0/8, secrets: [first secret of them, second secret of them], name: core, group: g1,
        requireMessageAuthenticator: true, swapDirections: true, separateIpv6Octets: add }
    - { cidr: "2001:db8::/32", secret: ${secret} }
billing: { order: log, graceHours: 0 }
dedupe: { days: 36525 }
events: { futureSeconds: 0 }
log: { retentionDays: 0 }
clock: { start: 2026-03-01T00:00:00Z, speed: 60.5 }
admin: { login: root, password: "0123" }
`);
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      data: '/var/lib/meterd',
      http: { host: '::', port: 0, tls: null, sessionHours: 12 },
      radius: {
        hosts: ['127.0.0.1', '::1'],
        port: 11_813,
        clockPastHours: 48,
        clockFutureSeconds: 0,
        staleAfterMinutes: 90,
        dictionaries: ['/etc/meterd/own.dictionary'],
      },
      billing: { graceHours: 0 },
      dedupe: { days: 36_525 },
      events: { futureSeconds: 0 },
      log: { retentionDays: 0 },
      clock: { startMs: Date.UTC(2026, 2, 1), speed: 60.5 },
      admin: { login: 'root', password: '0123' },
    });
    expect(config.radius.clients).toEqual([
      {
        cidr: '10.0.0.0/8',
        name: 'core',
        group: 'g1',
        secrets: ['first secret of them', 'second secret of them'],
        requireMessageAuthenticator: true,
        swapDirections: true,
        separateIpv6Octets: 'add',
      },
      {
        cidr: '2001:db8::/32',
        name: '2001:db8::/32',
        group: '2001:db8::/32',
        secrets: [secret],
        requireMessageAuthenticator: false,
        swapDirections: false,
        separateIpv6Octets: 'ignore',
      },
    ]);
  });
});

describe('an error', () => {
  it.each([
    ['http:\n  port: 65536', 2, 'http.port'],
    ['http:\n  port: -1', 2, 'http.port'],
    ['http:\n  port: eighty', 2, 'http.port'],
    ['http:\n  port: 80.5', 2, 'http.port'],
    ['http:\n  port: ""', 2, 'http.port'],
    ['http:\n  port: [80]', 2, 'http.port'],
    ['\n\nhttp: 8080', 3, 'http'],
    ['http:\n  host: { a: 1 }', 2, 'http.host'],
    ['data: [a]', 1, 'data'],
    ['- a\n- b', 1, 'the file'],
    ['store: postgres://db/meterd', 1, 'store'],
    ['radius:\n  port: 70000', 2, 'radius.port'],
    ['radius:\n  receiveBufferBytes: 1000', 2, 'radius.receiveBufferBytes'],
    ['radius:\n  clockPastHours: 0', 2, 'radius.clockPastHours'],
    ['radius:\n  clockFutureSeconds: 86401', 2, 'radius.clockFutureSeconds'],
    ['radius:\n  clients: 10.0.0.0/8', 2, 'radius.clients'],
    ['radius:\n  clients:\n    - 10.0.0.0/8', 3, 'radius.clients[0]'],
    ['radius:\n  clients:\n    - secret: x', 3, 'radius.clients[0].cidr'],
    ['radius:\n  clients:\n    - cidr: 10.0.0.1/8\n      secret: x', 3, 'radius.clients[0].cidr'],
    ['radius:\n  clients:\n    - cidr: 10.0.0.0/8', 3, 'radius.clients[0].secret'],
    [client('swapDirections: perhaps\nsecret: x'), 4, 'radius.clients[0].swapDirections'],
    [client('separateIpv6Octets: maybe\nsecret: x'), 4, 'radius.clients[0].separateIpv6Octets'],
    ['radius:\n  host: []', 2, 'radius.host'],
    ['radius:\n  host: ["::", "::"]', 2, 'radius.host'],
    ['radius:\n  staleAfterMinutes: -1', 2, 'radius.staleAfterMinutes'],
    ['radius:\n  dictionaries: {}', 2, 'radius.dictionaries'],
    ['billing:\n  order: time', 2, 'billing.order'],
    ['billing:\n  graceHours: 745', 2, 'billing.graceHours'],
    ['dedupe:\n  days: 0', 2, 'dedupe.days'],
    ['dedupe:\n  days: 36526', 2, 'dedupe.days'],
    ['events:\n  futureSeconds: 86401', 2, 'events.futureSeconds'],
    ['events:\n  futureSeconds: -1', 2, 'events.futureSeconds'],
    ['log:\n  retentionDays: 3651', 2, 'log.retentionDays'],
    ['clock:\n  start: tomorrow', 2, 'clock.start'],
    ['clock:\n  speed: 0', 2, 'clock.speed'],
    ['clock:\n  speed: .inf', 2, 'clock.speed'],
    ['clock:\n  speed: .nan', 2, 'clock.speed'],
  ])('of %j is told with its line and key', (text, line, key) => {
    expect(complaint(text)).toMatch(new RegExp(`^meterd\\.yaml:${line}: ${key.replace(/[[\].]/g, '\\$&')} `));
  });

  it.each([
    ['a: b: c', 1],
    ['http:\n  port: 1\n  port: 2', 3],
    ['http: {', 1],
    ['x: "\n', 1],
  ])('of YAML itself in %j is told with its line', (text, line) => {
    expect(complaint(text)).toMatch(new RegExp(`^meterd\\.yaml:[${line}-9]: not YAML: `));
  });

  it('of a file that cannot be read names the file', () => {
    const file = join(tempFolder(), 'none.yaml');
    expect(() => loadConfig(file, {})).toThrow(file);
  });

  it('of a file that can names the file, too', () => {
    const file = join(tempFolder(), 'meterd.yaml');
    writeFileSync(file, 'http:\n  port: no\n');
    expect(() => loadConfig(file, {})).toThrow(`${file}:2: http.port`);
    expect(loadConfig(null, {}).config.http.port).toBe(8080);
  });
});

describe('an unknown key', () => {
  it.each([
    ['htpp:\n  port: 1', 1, 'htpp'],
    ['http:\n  host: a\n  prot: 1', 3, 'http.prot'],
    [client(`secret: ${secret}\nsecert: b`), 5, 'radius.clients[0].secert'],
    ['1813: x', 1, '1813'],
  ])('%j is refused with its line', (text, line, key) => {
    const message = complaint(text);
    expect(message.startsWith(`meterd.yaml:${line}: ${key} is not a key meterd knows`)).toBe(true);
  });

  it('is told beside those that are known there', () => {
    expect(complaint('http:\n  prot: 1')).toContain('it knows host, port');
  });

  it('of a later version is a warning', () => {
    const { warnings } = read('data: x\npartitions: { anything: [1, 2] }');
    expect(warnings).toEqual(['meterd.yaml:2: partitions has no effect yet']);
  });
});

describe('the environment', () => {
  it('overrides the file, and stands where the file is silent', () => {
    const environment = {
      METERD_DATA: '/elsewhere',
      METERD_HTTP_PORT: '9090',
      METERD_RADIUS_RECEIVE_BUFFER_BYTES: '100000',
      METERD_CLOCK_SPEED: '2.5',
      METERD_CLOCK_START: '2026-03-01T00:00:00Z',
      METERD_ADMIN_PASSWORD: '007',
      METERD_BILLING_GRACE_HOURS: '3',
      METERD_UNRELATED: 'x',
    };
    const { config } = read('http:\n  port: 1\n  host: a\n', environment);
    expect(config).toMatchObject({
      data: '/elsewhere',
      http: { port: 9090, host: 'a' },
      radius: { receiveBufferBytes: 100_000 },
      clock: { speed: 2.5, startMs: Date.UTC(2026, 2, 1) },
      admin: { password: '007' },
      billing: { graceHours: 3 },
    });
  });

  it('is named where its value is wrong', () => {
    const message = complaint('http:\n  port: 1', { METERD_HTTP_PORT: '1e9' });
    expect(message).toMatch(/^environment METERD_HTTP_PORT: http\.port /);
    expect(complaint('', { METERD_STORE: 'postgres://x' })).toMatch(/^environment METERD_STORE: store /);
    expect(complaint('', { METERD_HTTP_PORT: '' })).toMatch(/^environment METERD_HTTP_PORT: http\.port /);
  });

  it('makes a wrong value of the file good', () => {
    expect(read('http:\n  port: no', { METERD_HTTP_PORT: '1' }).config.http.port).toBe(1);
  });
});

describe('prefixes of clients', () => {
  it.each([
    ['127.0.0.3/32', '127.0.0.3'],
    ['127.0.0.3', '::ffff:127.0.0.3'],
    ['10.0.0.0/8', '10.0.0.0/08'],
    ['2001:db8::1', '2001:0DB8:0::1/128'],
  ])('%s and %s are the same, which is told', (one, other) => {
    const message = complaint(clients(`cidr: "${one}", name: a`, `cidr: "${other}", name: b`));
    expect(message).toBe(`meterd.yaml:4: radius.clients[1].cidr ${other} is that of the client "a" already`);
  });

  it('may lie in each other', () => {
    const { config } = read(clients('cidr: 10.0.0.0/8', 'cidr: 10.0.0.0/16', 'cidr: "::/0"'));
    expect(config.radius.clients).toHaveLength(3);
  });

  it.each(['::ffff:0:0/96', '::ffff:c000:200/120', '::ffff:c000:201'])(
    '%s would never match, since IPv4 addresses are looked for as such',
    (cidr) => {
      expect(complaint(clients(`cidr: "${cidr}"`))).toMatch(
        /^meterd\.yaml:3: radius\.clients\[0\]\.cidr holds IPv4 addresses: must be a prefix of IPv4/,
      );
    },
  );
});

describe('groups of clients', () => {
  it.each([
    ['a', 'a/b'],
    ['a/b', 'a'],
    ['a', 'a/'],
    ['a/b/c', 'a'],
    ['a/b', 'a/b/c/d'],
    ['""', '/b'],
  ])('%s and %s are refused: a NAS-Identifier with a slash would speak for devices of the other', (one, other) => {
    const message = complaint(clients(`cidr: 10.0.0.1, group: ${one}`, `cidr: 10.0.0.2, group: ${other}`));
    expect(message).toMatch(/^meterd\.yaml:4: radius\.clients\[1\]\.group .*could not be told apart: expected /);
  });

  it('are looked at also where they are the name, or the prefix', () => {
    const key = 'meterd.yaml:4: radius.clients[1].group';
    expect(complaint(clients('cidr: 10.0.0.1, group: a', 'cidr: 10.0.0.2, name: a/b'))).toContain(key);
    expect(complaint(clients('cidr: 10.0.0.0/8', 'cidr: 10.0.0.0'))).toContain(key);
  });

  it.each([
    ['a/b', 'a/b'],
    ['a/b', 'a/c'],
    ['a', 'ab/c'],
    ['a/b', 'a/bc'],
  ])('%s and %s are told apart', (one, other) => {
    const { config } = read(clients(`cidr: 10.0.0.1, group: ${one}`, `cidr: 10.0.0.2, group: ${other}`));
    expect(config.radius.clients.map(({ group }) => group)).toEqual([one, other]);
  });
});

describe('secrets', () => {
  it('are one, or two during a rotation', () => {
    expect(clientOf(`secret: ${secret}`)?.secrets).toEqual([secret]);
    expect(clientOf(`secrets: [${secret}, another one of them]`)?.secrets).toEqual([secret, 'another one of them']);
    expect(clientOf(`secrets: [${secret}]\nsecret: another one of them`)?.secrets).toHaveLength(2);
    expect(complaint(client(`secrets: [${secret}, ${secret}, ${secret}]`))).toContain('clients[0].secret');
    expect(complaint(client('secrets: []'))).toContain('clients[0].secret');
    expect(complaint(client('secrets: text'))).toContain('clients[0].secrets');
  });

  it('given both ways hold both, which is a warning with its line', () => {
    const { warnings } = read(client(`secrets: [${secret}]\nsecret: another one of them`));
    expect(warnings).toEqual([expect.stringMatching(/^meterd\.yaml:5: radius\.clients\[0\]\.secret stands beside /)]);
    expect(read(client(`secrets: []\nsecret: ${secret}`)).warnings).toEqual([]);
  });

  it.each(['secret: ""', 'secrets: [""]', 'secret:', 'secrets: [~]', 'secrets: [null]', 'secrets: [[a]]'])(
    '%s is none: there is no default secret',
    (lines) => {
      expect(complaint(client(lines))).toContain('clients[0].secret');
    },
  );

  it('that are short are a warning with their line, and never shown', () => {
    const { warnings } = read(client('name: a\nsecret: tiny one'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^meterd\.yaml:5: radius\.clients\[0\]\.secret is shorter than 16/);
    expect(warnings[0]).not.toContain('tiny one');
    expect(read(client('secret: exactly 16 chars')).warnings).toEqual([]);
  });

  // YAML reads these as numbers, dates or truths; what was written is what was meant.
  it.each([
    '00112233445566778899',
    '12345678901234567890',
    '0x1234567890abcdef',
    '1e100',
    'true',
    '1.50',
    '2026-03-01',
  ])('of %s is that text, octet for octet', (text) => {
    expect(clientOf(`secret: ${text}`)?.secrets).toEqual([text]);
    expect(clientOf(`secrets: [${text}]`)?.secrets).toEqual([text]);
    expect(read(`admin: { password: ${text} }`).config.admin.password).toBe(text);
  });
});

describe('the first administrator', () => {
  it.each([
    ['login', 'admin: { login: "" }'],
    ['password', 'admin: { password: "" }'],
    ['password', 'admin: { password: " " }'],
  ])('needs a %s that is not empty', (key, text) => {
    expect(complaint(text)).toMatch(new RegExp(`^meterd\\.yaml:1: admin\\.${key} must not be empty`));
  });
});

describe('http.tls', () => {
  it('is off without, and wants both files', () => {
    expect(readConfig('', 'f', {}).config.http).toMatchObject({ tls: null, sessionHours: 12 });
    const both = readConfig('http: {tls: {cert: c.pem, key: k.pem}}', 'f', {});
    expect(both.config.http.tls).toEqual({ cert: 'c.pem', key: 'k.pem' });
    expect(() => readConfig('http: {tls: {cert: c.pem}}', 'f', {})).toThrow('http.tls.key is missing beside cert');
    expect(() => readConfig('http: {tls: {key: k.pem}}', 'f', {})).toThrow('http.tls.cert is missing beside key');
  });
});
