/**
 * Fuzzes the way of a RADIUS datagram through the daemon: real requests and simulated ones, damaged, by the million, and
 * mostly signed again so that the damage gets past the authenticators. A datagram of any content must not throw, not take
 * long, make no impossible record, break no session's law and make nothing grow beyond its limits.
 *
 * The steps are those of daemon/net/radius-listener.ts and of what follows it: client, authenticators, record, guide,
 * holders of addresses, log entry, session, answer.
 */
import {
  accountingRecord,
  accountingResponse,
  attributesMax,
  builtInDictionaries,
  ClientTable,
  type Dictionary,
  type RadiusClient,
  readAccountingRequest,
  readDictionaries,
  type UsageRecord,
} from '../../collectors/index.ts';
import { decodeEntries, encodeEntries } from '../../daemon/log/entry-codec.ts';
import { AddressHolders } from '../../daemon/mediation/address-holders.ts';
import { Guide } from '../../daemon/mediation/guide.ts';
import { applySessionRecord, type SessionState, sessionKey } from '../../daemon/mediation/session.ts';
import { signedAgain } from './forge.ts';
import { mutated } from './mutate.ts';
import { hostileRequests, simulatedRequests } from './radius-material.ts';

export interface RadiusFuzzOptions {
  readonly seed: number;
  readonly count: number;
  /** Requests of real clients to damage, beside the simulator's. */
  readonly material: readonly Uint8Array[];
  /** Collects garbage, where the process can; without it memory is not judged. */
  readonly collectGarbage?: () => void;
  readonly onProgress?: (done: number) => void;
}

export interface RadiusFuzzReport {
  readonly seed: number;
  readonly count: number;
  readonly answered: number;
  readonly statusAnswered: number;
  readonly refusals: Readonly<Record<string, number>>;
  /** Records by Acct-Status-Type, and how many were guided to an account. */
  readonly records: Readonly<Record<string, number>>;
  readonly guided: number;
  readonly sessions: number;
  readonly addresses: number;
  /** Of the whole process, per datagram and altogether. */
  readonly slowestCpuMs: number;
  readonly cpuSeconds: number;
  /** Octets of memory in use after a quarter of the run, and at its end; 0 where they were not measured. */
  readonly memoryAtQuarter: number;
  readonly memoryAtEnd: number;
}

const startMs = Date.UTC(2026, 0, 1);
const msPerDatagram = 20;
const hourMs = 3_600_000;
const clockPastMsMax = 720 * hourMs;
const clockFutureMsMax = 300_000;
const sessionsMax = 5_000;
const addressesMax = 5_000;
const addressesKeptMs = hourMs;
/** One record in so many goes to text and back, as the log does it. */
const loggedEvery = 32;
const accounts = 7;

const secret = (text: string): Buffer => Buffer.from(text);
const ordinary = { requireMessageAuthenticator: false, swapDirections: false, separateIpv6Octets: 'ignore' } as const;
const clients: readonly RadiusClient[] = [
  { ...ordinary, cidr: '192.0.2.0/24', name: 'two', group: 'two', secrets: [secret('old-secret'), secret('new')] },
  {
    ...{ cidr: '198.51.100.0/24', name: 'strict', group: 'strict', secrets: [secret('strict-secret')] },
    ...{ requireMessageAuthenticator: true, swapDirections: true, separateIpv6Octets: 'add' },
  },
  { ...ordinary, cidr: '2001:db8::/32', name: 'six', group: 'six', secrets: [secret('six-secret')] },
];
const senders = ['192.0.2.1', '192.0.2.2', '::ffff:192.0.2.3', '198.51.100.1', '2001:db8::7', '203.0.113.9'];

/** @throws Error with the seed, number and octets of the datagram that broke something */
export function fuzzRadius(options: RadiusFuzzOptions): RadiusFuzzReport {
  const { seed, count, collectGarbage, onProgress } = options;
  const material = [...options.material, ...simulatedRequests(), ...hostileRequests()];
  const way = new DatagramWay();
  const began = process.cpuUsage();
  let before = micros(began);
  let slowestMicros = 0;
  let memoryAtQuarter = 0;
  for (let number = 0; number < count; number++) {
    const sender = senders[number % senders.length]!;
    const datagram = signedAgain(mutated(material, seed, number), way.secretsOf(sender), seed, number);
    const ready = micros(process.cpuUsage());
    try {
      way.receive(datagram, sender, startMs + number * msPerDatagram, number);
    } catch (error) {
      const octets = Buffer.from(datagram).toString('hex');
      throw new Error(`seed ${seed}, datagram ${number}, from ${sender}: ${octets}`, { cause: error });
    }
    before = micros(process.cpuUsage());
    slowestMicros = Math.max(slowestMicros, before - ready);
    if (number % 50_000 === 0) onProgress?.(number);
    if (number === Math.floor(count / 4)) memoryAtQuarter = memoryInUse(collectGarbage);
  }
  return {
    ...{ seed, count, ...way.report() },
    slowestCpuMs: slowestMicros / 1000,
    cpuSeconds: (before - micros(began)) / 1e6,
    ...{ memoryAtQuarter, memoryAtEnd: memoryInUse(collectGarbage) },
  };
}

/** Takes datagrams as the daemon does, and believes none of its own results. */
class DatagramWay {
  readonly #clients = new ClientTable(clients);
  readonly #dictionary = dictionaryOf();
  readonly #holders = new AddressHolders({ holdingsMax: addressesMax, keptMs: addressesKeptMs });
  readonly #guide = new Guide(this.#holders);
  readonly #sessions = new Map<string, SessionState>();
  readonly #refusals: Record<string, number> = {};
  readonly #records: Record<string, number> = {};
  #answered = 0;
  #statusAnswered = 0;
  #guided = 0;

  constructor() {
    for (let account = 1; account <= accounts; account++) {
      const holding = { account, provider: '', validFromMs: null, validUntilMs: null };
      const login = { ...holding, kind: 'login', value: `user00000${account}@example.net` } as const;
      this.#guide.learnAll([login, ...(account === 1 ? [{ ...login, value: 'ann@example.net' }] : [])]);
    }
  }

  secretsOf(sender: string): readonly Buffer[] {
    return this.#clients.find(sender)?.secrets ?? [];
  }

  receive(datagram: Uint8Array, sender: string, receivedAtMs: number, number: number): void {
    const client = this.#clients.find(sender);
    if (client === null) return this.#refuse('unknown-client');
    const result = readAccountingRequest(datagram, client);
    if (!result.ok) return this.#refuse(result.reason);
    const response = accountingResponse(result.packet);
    check(response.length >= 20 && response.length <= 4096, 'an answer of impossible length');
    check(response.readUInt16BE(2) === response.length && response[1] === datagram[1], 'an answer to something else');
    if (result.packet.kind === 'status') {
      this.#statusAnswered++;
      return;
    }
    const { record, clockSkewMs } = accountingRecord(result.packet, {
      group: client.group,
      sourceAddress: sender.replace('::ffff:', ''),
      receivedAtMs,
      swapDirections: client.swapDirections,
      separateIpv6Octets: client.separateIpv6Octets,
      dictionary: this.#dictionary,
      clockPastMsMax,
      clockFutureMsMax,
    });
    check(clockSkewMs === null || Number.isSafeInteger(clockSkewMs), 'a skew that is no number');
    checkRecord(record, receivedAtMs);
    this.#take(record, number);
    this.#answered++;
  }

  #take(record: UsageRecord, number: number): void {
    this.#records[record.status] = (this.#records[record.status] ?? 0) + 1;
    const guidance = this.#guide.guide(record);
    if ('account' in guidance) this.#guided++;
    const account = 'account' in guidance ? guidance.account : 0;
    const entry = { kind: 'usage', account, record } as const;
    if (number % loggedEvery === 0) {
      const text = encodeEntries([entry]);
      check(encodeEntries(decodeEntries(text)) === text, 'the log tells another record than it was told');
    }
    if (account !== 0) this.#holders.apply(entry);
    const { holdings, sessions } = this.#holders;
    check(holdings <= addressesMax && sessions <= addressesMax, 'more addresses than there is room for');
    const isOfSession = record.status === 'start' || record.status === 'interim' || record.status === 'stop';
    const key = isOfSession ? sessionKey(record) : null;
    if (key !== null) this.#applyToSession(key, record, account);
  }

  #applyToSession(key: string, record: UsageRecord, account: number): void {
    const known = this.#sessions.get(key) ?? null;
    const { state, opened, use, outcome } = applySessionRecord(known, record, account);
    check(state.key === key && (outcome === 'use') === (use !== null), 'a session that is another');
    if (use) {
      check(use.startMs <= use.endMs && use.readings.length > 0, 'use of nothing, or before it began');
      check(
        use.readings.every(({ quantity }) => quantity > 0n),
        'use that is not positive',
      );
    }
    if (known !== null && !opened) {
      for (const [counter, value] of Object.entries(known.counters))
        check((state.counters[counter] ?? -1n) >= value, `${counter} fell`);
    }
    this.#sessions.delete(key);
    this.#sessions.set(key, state);
    if (this.#sessions.size > sessionsMax) this.#sessions.delete(this.#sessions.keys().next().value!);
  }

  #refuse(reason: string): void {
    this.#refusals[reason] = (this.#refusals[reason] ?? 0) + 1;
  }

  report() {
    return {
      answered: this.#answered,
      statusAnswered: this.#statusAnswered,
      refusals: this.#refusals,
      records: this.#records,
      guided: this.#guided,
      sessions: this.#sessions.size,
      addresses: this.#holders.holdings,
    };
  }
}

function checkRecord(record: UsageRecord, receivedAtMs: number): void {
  const { startMs: from, endMs, readings, attributes, subjects, source } = record;
  check(Number.isSafeInteger(from) && from <= endMs, 'a use that ends before it began');
  check(
    endMs >= receivedAtMs - clockPastMsMax && endMs <= receivedAtMs + clockFutureMsMax,
    'a time that was not clamped',
  );
  check(
    readings.every(({ quantity }) => quantity >= 0n && quantity < 1n << 64n),
    'an impossible reading',
  );
  const values = Object.values(attributes);
  check(
    values.length <= attributesMax + 2 && values.every((value) => value.length <= 256),
    'more attributes than there is room for',
  );
  check(subjects.length <= 2 && (source.session?.length ?? 0) <= 253, 'a name that is too long');
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

function dictionaryOf(): Dictionary {
  const result = readDictionaries(builtInDictionaries);
  if (!result.ok) throw new Error('the built-in dictionaries have problems');
  return result.dictionary;
}

const micros = ({ user, system }: NodeJS.CpuUsage): number => user + system;

function memoryInUse(collectGarbage: (() => void) | undefined): number {
  if (collectGarbage === undefined) return 0;
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
