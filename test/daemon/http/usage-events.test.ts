import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem, TokenRight, UsageAnswer, UsageVerdict } from '../../../daemon/contract.ts';
import { usageLimits } from '../../../daemon/http/usage-events.ts';
import { chargeEvent, eventsNowMs, usageEvent } from '../../fixtures/usage-events.ts';
import { type DaemonStub, startStub } from './daemon-stub.ts';

type Headers = Readonly<Record<string, string>>;

let stub: DaemonStub;
let admin: string;
/** Authorization of a provider's token with all rights. */
let provider: Headers;
beforeEach(async () => {
  stub = await startStub();
  stub.nowMs = eventsNowMs;
  admin = await stub.signIn('admin');
  provider = await tokenOf(['usage', 'charges', 'credits', 'accounts']);
});
afterEach(() => stub.close());

async function tokenOf(rights: readonly TokenRight[], name = 'voip-1'): Promise<Headers> {
  const payload = { name, role: 'provider', provider: name, rights };
  const answer = await stub.ask(admin, { method: 'POST', url: '/api/tokens', payload });
  return { authorization: `Bearer ${answer.json<{ token: string }>().token}` };
}

const structured = 'application/cloudevents+json';
const batched = 'application/cloudevents-batch+json';

/** Sends a body as it is, or a value as JSON. */
function post(body: unknown, headers: Headers = {}, options: Partial<InjectOptions> = {}) {
  const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const contentType = headers['content-type'] ?? (Array.isArray(body) ? batched : structured);
  return stub.ask(null, {
    method: 'POST',
    url: '/api/usage',
    payload,
    ...options,
    headers: { ...provider, ...headers, 'content-type': contentType },
  });
}

async function verdictsOf(answer: ReturnType<typeof post>): Promise<readonly UsageVerdict[]> {
  const { statusCode, body } = await answer;
  expect([statusCode, statusCode === 200 ? '' : body]).toEqual([200, '']);
  return (JSON.parse(body) as UsageAnswer).results;
}

async function problemOf(answer: ReturnType<typeof post>): Promise<Problem & { readonly todo?: string }> {
  const { headers, body } = await answer;
  expect(headers['content-type']).toContain('application/problem+json');
  return JSON.parse(body) as Problem;
}

const logged: UsageVerdict = { id: 'e1', source: 'urn:mail:1', verdict: 'logged' };

describe('the content modes of CloudEvents', () => {
  it.each([
    ['one event', structured, usageEvent()],
    ['one event as plain JSON', 'application/json', usageEvent()],
    ['one event with a charset', 'application/cloudevents+json; charset=UTF-8', usageEvent()],
    ['a batch of one', batched, [usageEvent()]],
    ['a batch as plain JSON', 'application/json', [usageEvent()]],
  ])('%s is read', async (_, contentType, body) => {
    expect(await verdictsOf(post(body, { 'content-type': contentType }))).toEqual([logged]);
    expect(stub.logged.map(({ key }) => key)).toEqual(['voip-1\nurn:mail:1\ne1']);
  });

  it('binary: attributes are headers, percent-encoded beyond ASCII, and the body is the data', async () => {
    const headers = {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': 'e-1%20%E2%82%AC',
      'ce-source': 'urn:mail:1',
      'ce-type': 'meterd.usage.messages',
      'ce-subject': '100%',
      'ce-time': '2026-03-01T11:00:00Z',
    };
    const data = { quantity: '3', attributes: { sizeOctets: 9 } };
    expect(await verdictsOf(post(data, headers))).toEqual([{ id: 'e-1 €', source: 'urn:mail:1', verdict: 'logged' }]);
    expect(stub.logged[0]).toMatchObject({
      subjects: [{ value: '100%' }, { value: '100%' }],
      readings: [{ meter: 'messages', quantity: 3n }],
      startMs: Date.UTC(2026, 2, 1, 11),
      attributes: { sizeOctets: '9' },
    });
    // The same event in another mode is the same event.
    const again = usageEvent({ id: 'e-1 €' });
    expect((await verdictsOf(post(again)))[0]!.verdict).toBe('duplicate');
  });

  it('binary with a batch as body is one event whose data are wrong', async () => {
    const headers = { 'ce-specversion': '1.0', 'ce-id': 'e1', 'ce-source': 's', 'ce-type': 'meterd.usage.messages' };
    expect(await verdictsOf(post([usageEvent()], headers))).toMatchObject([{ id: 'e1', reason: 'data-invalid' }]);
  });

  it.each(['text/plain', 'application/xml', 'application/octet-stream', 'multipart/form-data; boundary=x'])(
    '%s is refused',
    async (contentType) => {
      const problem = await problemOf(post(JSON.stringify(usageEvent()), { 'content-type': contentType }));
      expect(problem).toMatchObject({ status: 415, code: 'media-type' });
    },
  );
});

describe('verdicts', () => {
  it('stand in the order of the events, each with its id, source and reason', async () => {
    const events = [
      usageEvent({ id: 'a' }),
      usageEvent({ id: 'b', data: { quantity: 0.5 } }),
      usageEvent({ id: 'a', subject: 'bert' }),
      'no event',
      chargeEvent({ id: 'c', source: 'urn:shop:1' }),
      usageEvent({ id: 'd', data: { end: '2026-03-02T00:00:00Z' } }),
    ];
    const verdicts = await verdictsOf(post(events));
    expect(verdicts.map(({ id, source, verdict, reason }) => [id, source, verdict, reason])).toEqual([
      ['a', 'urn:mail:1', 'logged', undefined],
      ['b', 'urn:mail:1', 'refused', 'quantity-invalid'],
      ['a', 'urn:mail:1', 'duplicate', undefined],
      ['', '', 'refused', 'not-cloudevent'],
      ['c', 'urn:shop:1', 'logged', undefined],
      ['d', 'urn:mail:1', 'refused', 'in-future'],
    ]);
    expect(verdicts[1]!.detail).toBe(
      'data.quantity must be a whole number up to 2^53 or a decimal string, not negative, not 0.5',
    );
    expect(stub.eventCounters.view()).toMatchObject({ received: 6, logged: 2, answeredFromCache: 1, difference: 0 });
  });

  it('of an empty batch are none', async () => {
    expect(await verdictsOf(post([]))).toEqual([]);
  });

  it('of lists within a list are refusals', async () => {
    expect(await verdictsOf(post([[usageEvent()]]))).toMatchObject([{ verdict: 'refused', reason: 'not-cloudevent' }]);
  });

  it('keep numbers beyond 2^53 from being taken for others', async () => {
    const body = JSON.stringify(usageEvent()).replace('"quantity":1', '"quantity":9007199254740993');
    expect(await verdictsOf(post(body))).toMatchObject([{ verdict: 'refused', reason: 'quantity-invalid' }]);
    const text = JSON.stringify(usageEvent({ data: { quantity: '9007199254740993' } }));
    expect(await verdictsOf(post(text))).toEqual([logged]);
    expect(stub.logged[0]!.readings[0]!.quantity).toBe(9_007_199_254_740_993n);
  });
});

describe('a body that is not JSON', () => {
  it.each([
    ['nothing', ''],
    ['half an event', '{"specversion": "1.0"'],
    ['two events', `${JSON.stringify(usageEvent())}\n${JSON.stringify(usageEvent())}`],
    ['a byte order mark alone', '\ufeff'],
    ['an id that is no UTF-8', Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff]), Buffer.from('"}')])],
  ])('%s is refused as a whole', async (_, body) => {
    const problem = await problemOf(post(body));
    expect(problem).toMatchObject({ status: 400, code: 'request-invalid' });
    expect(problem.detail).toContain('the body is not JSON in UTF-8');
    expect(stub.eventCounters.received).toBe(0);
  });

  it('but nested a hundred thousand deep is told so event by event', async () => {
    const depth = 100_000;
    const verdicts = await verdictsOf(post(`[${'['.repeat(depth)}${']'.repeat(depth)}]`));
    expect(verdicts).toMatchObject([{ reason: 'not-cloudevent' }]);
  });
});

describe('compression', () => {
  const gzip = { 'content-encoding': 'gzip' };

  it('by gzip is read, however it is written', async () => {
    expect(await verdictsOf(post(gzipSync(JSON.stringify([usageEvent()])), gzip))).toEqual([logged]);
    const again = await verdictsOf(post(gzipSync(JSON.stringify(usageEvent())), { 'content-encoding': 'GZIP' }));
    expect(again[0]!.verdict).toBe('duplicate');
    expect((await verdictsOf(post(usageEvent(), { 'content-encoding': 'identity' })))[0]!.verdict).toBe('duplicate');
  });

  it('that inflates beyond the limit is refused before it is inflated', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));
    expect(bomb.length).toBeLessThan(100_000);
    const problem = await problemOf(post(bomb, gzip));
    expect(problem).toMatchObject({ status: 413, code: 'body-too-large' });
    expect(problem.detail).toContain(String(usageLimits.octets));
  });

  it('to just the limit is read, one octet more is not', async () => {
    const text = JSON.stringify(usageEvent());
    const padded = (octets: number) => gzipSync(text + ' '.repeat(octets - text.length));
    expect(await verdictsOf(post(padded(usageLimits.octets), gzip))).toEqual([logged]);
    expect((await post(padded(usageLimits.octets + 1), gzip)).statusCode).toBe(413);
  });

  it.each([
    ['plain', Buffer.from(JSON.stringify(usageEvent()))],
    ['cut off', gzipSync(JSON.stringify(usageEvent())).subarray(0, 40)],
    ['empty', Buffer.alloc(0)],
  ])('that is announced but %s is refused', async (_, body) => {
    expect(await problemOf(post(body, gzip))).toMatchObject({ status: 400, code: 'request-invalid' });
    expect(stub.logged).toEqual([]);
  });

  it.each(['br', 'deflate', 'gzip, gzip', 'x'])('by %s is refused', async (encoding) => {
    const problem = await problemOf(post(usageEvent(), { 'content-encoding': encoding }));
    expect(problem).toMatchObject({ status: 415, code: 'media-type' });
    expect(problem.detail).toContain(encoding);
  });
});

describe('limits', () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => usageEvent({ id: String(n) }));

  it('10,000 events are taken, 10,001 are refused as a whole', async () => {
    const verdicts = await verdictsOf(post(many(usageLimits.events)));
    expect(verdicts.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(
      Array.from({ length: 10_000 }, (_, n) => `${n} logged`),
    );
    const problem = await problemOf(post(many(10_001)));
    expect(problem).toMatchObject({ status: 400, code: 'request-invalid' });
    expect(problem.detail).toBe('the batch may have at most 10000 events, not 10001');
    expect(stub.logged).toHaveLength(10_000);
    expect(stub.eventCounters.received).toBe(10_000);
  });

  it('8 MiB are read, one octet more is not', async () => {
    const text = JSON.stringify([usageEvent()]);
    const padded = (octets: number) => text + ' '.repeat(octets - text.length);
    expect(await verdictsOf(post(padded(8 * 1024 * 1024)))).toEqual([logged]);
    expect(await problemOf(post(padded(8 * 1024 * 1024 + 1)))).toMatchObject({ status: 413, code: 'body-too-large' });
  });

  it('of other routes stay as they are', async () => {
    const payload = { login: 'admin', password: 'x'.repeat(70_000) };
    const session = await stub.ask(null, { method: 'POST', url: '/api/session', payload });
    expect(session.statusCode).toBe(413);
    const gzipped = await stub.ask(admin, {
      method: 'POST',
      url: '/api/tokens',
      payload: gzipSync(JSON.stringify({ name: 'x', role: 'csr' })),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    });
    expect(gzipped.statusCode).toBe(400);
    const events = await stub.ask(admin, {
      method: 'POST',
      url: '/api/tokens',
      payload: JSON.stringify({ name: 'x', role: 'csr' }),
      headers: { 'content-type': structured },
    });
    expect(events.statusCode).toBe(415);
    const plain = await stub.ask(admin, { method: 'POST', url: '/api/tokens', payload: { name: 'x', role: 'csr' } });
    expect(plain.statusCode).toBe(201);
  });
});

describe('who may send', () => {
  it.each([
    [['usage'], 'logged', 'not-allowed', 'not-allowed'],
    [['charges'], 'not-allowed', 'logged', 'not-allowed'],
    [['charges', 'credits'], 'not-allowed', 'logged', 'logged'],
    [['credits'], 'not-allowed', 'not-allowed', 'not-allowed'],
    [['accounts'], 'not-allowed', 'not-allowed', 'not-allowed'],
    [['usage', 'charges', 'credits', 'accounts'], 'logged', 'logged', 'logged'],
  ] as const)('a token with %j: use %s, a charge %s, a credit %s', async (rights, use, charge, credit) => {
    const events = [usageEvent(), chargeEvent(), chargeEvent({ id: 'c2', data: { charge: '-1.000' } })];
    const verdicts = await verdictsOf(post(events, await tokenOf(rights)));
    expect(verdicts.map(({ verdict, reason }) => reason ?? verdict)).toEqual([use, charge, credit]);
  });

  it('a token names accounts only with the right to it; its own local ids always', async () => {
    await verdictsOf(post(usageEvent(), await tokenOf(['usage'])));
    await verdictsOf(post(usageEvent({ id: 'e2' })));
    expect(stub.logged.map(({ subjects }) => subjects.map(({ kind }) => kind))).toEqual([
      ['local-id'],
      ['local-id', 'account'],
    ]);
  });

  it('an administrator reports by account, and may do all', async () => {
    const answer = await stub.ask(admin, {
      method: 'POST',
      url: '/api/usage',
      payload: [usageEvent(), chargeEvent({ data: { charge: '-1' } })],
    });
    expect(answer.json<UsageAnswer>().results.map(({ verdict }) => verdict)).toEqual(['logged', 'logged']);
    expect(stub.logged[0]).toMatchObject({
      key: '\nurn:mail:1\ne1',
      subjects: [{ kind: 'account', value: 'anna' }],
      source: { device: 'events/' },
    });
  });

  it('the same id of two providers is two events', async () => {
    const other = await tokenOf(['usage', 'accounts'], 'voip-2');
    expect(await verdictsOf(post(usageEvent()))).toEqual([logged]);
    expect(await verdictsOf(post(usageEvent(), other))).toEqual([logged]);
  });

  it('a person of the role provider has no rights, so that all is refused', async () => {
    const person = await stub.signIn('provider');
    const answer = await stub.ask(person, {
      method: 'POST',
      url: '/api/usage',
      payload: [usageEvent(), chargeEvent()],
    });
    expect(answer.json<UsageAnswer>().results.map(({ reason }) => reason)).toEqual(['not-allowed', 'not-allowed']);
  });

  it('nobody else: without token, with a revoked one, or with another role, before the body is read', async () => {
    const nobody = await stub.ask(null, { method: 'POST', url: '/api/usage', payload: 'x'.repeat(100) });
    expect(nobody.statusCode).toBe(401);
    const csr = await stub.signIn('csr');
    const headers = { 'content-type': 'application/json' };
    const refused = await stub.ask(csr, { method: 'POST', url: '/api/usage', payload: '{', headers });
    expect(refused.statusCode).toBe(403);
    for (const { id } of await stub.store.apiTokens()) {
      await stub.ask(admin, { method: 'DELETE', url: `/api/tokens/${id}` });
    }
    expect((await post(usageEvent())).statusCode).toBe(401);
    expect(stub.eventCounters.received).toBe(0);
  });

  it('no foreign page, though it has the cookie', async () => {
    const foreign = { origin: 'https://elsewhere.example', host: 'meterd.example' };
    const options = { method: 'POST', url: '/api/usage', payload: usageEvent() } as const;
    const answer = await stub.ask(admin, { ...options, headers: foreign });
    expect(answer.json()).toMatchObject({ status: 403, code: 'origin-foreign' });
    const own = await stub.ask(admin, { ...options, headers: { ...foreign, origin: 'https://meterd.example' } });
    expect([answer.statusCode, stub.logged.length, own.statusCode]).toEqual([403, 1, 200]);
  });
});

describe('a log that cannot be written', () => {
  it('is told by 503, and the same events sent again count once', async () => {
    stub.logWritable = false;
    const events = [usageEvent(), usageEvent({ id: 'e2' })];
    const problem = await problemOf(post(events));
    expect(problem).toMatchObject({ status: 503, code: 'log-unavailable' });
    expect(problem.todo).toContain('Send the same events again');
    stub.logWritable = true;
    expect((await verdictsOf(post(events))).map(({ verdict }) => verdict)).toEqual(['logged', 'logged']);
    expect((await verdictsOf(post(events))).map(({ verdict }) => verdict)).toEqual(['duplicate', 'duplicate']);
    expect(stub.eventCounters.view()).toMatchObject({
      received: 6,
      logged: 2,
      answeredFromCache: 2,
      refused: { 'log-unavailable': 2 },
      difference: 0,
    });
  });
});

describe('docs/api.md', () => {
  const [, section = ''] = readFileSync('docs/api.md', 'utf8').split('## Usage events\n');

  it('shows events that are logged as they stand', async () => {
    const examples = [
      ...section.matchAll(/^ {2}http:\S+\/api\/usage -d '(\[[^']+\])'$/gm),
      ...section.matchAll(/<<'EOF'[^{]+(\{[^`]+\})\nEOF$/gm),
    ].map(([, body]) => JSON.parse(body!) as unknown);
    expect(examples).toHaveLength(2);
    const verdicts = await verdictsOf(post(examples.flat()));
    expect(verdicts.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['call-4711', 'logged'],
      ['mail-1', 'logged'],
      ['order-9', 'logged'],
    ]);
    const answer = /^```json\n([^`]+)```$/m.exec(section)![1]!;
    expect((JSON.parse(answer) as UsageAnswer).results).toEqual(verdicts.slice(0, 2));
  });

  it('lists each reason for a refusal', async () => {
    const listed = [
      ...section
        .split('| reason | why |')[1]!
        .split('\n\n')[0]!
        .matchAll(/^\| `([a-z-]+)` \|/gm),
    ];
    const events = [
      'x',
      usageEvent({ type: 'x' }),
      usageEvent({ subject: '' }),
      usageEvent({ data: { attributes: 1 } }),
      usageEvent({ data: { quantity: -1 } }),
      usageEvent({ data: { end: 'x' } }),
      usageEvent({ data: { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:00:00Z' } }),
      usageEvent({ data: { end: '2026-03-09T00:00:00Z' } }),
      chargeEvent(),
    ];
    const verdicts = await verdictsOf(post(events, await tokenOf(['usage'])));
    expect(listed.map(([, reason]) => reason)).toEqual(verdicts.map(({ reason }) => reason));
  });
});

it('OpenAPI tells the body, the answer and the refusals', async () => {
  const { paths } = (await stub.ask(null, { url: '/api/openapi.json' })).json<{ paths: Record<string, never> }>();
  expect(paths['/api/usage']).toMatchObject({
    post: {
      requestBody: { content: { [batched]: {} } },
      responses: { 200: {}, 400: {}, 401: {}, 403: {}, 413: {}, 415: {}, 503: {} },
    },
  });
});
