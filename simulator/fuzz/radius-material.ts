/** Requests to damage: the simulator's own, and some that damage alone seldom makes. */
import { createPopulation } from '../nas/population.ts';
import { emptyReport } from '../nas/report.ts';
import { encodeRequest, requestOctetsMax } from '../nas/request.ts';

const secret = Buffer.from('any');

/** Whole sessions of a few users, half of them with a Message-Authenticator. */
export function simulatedRequests(): Uint8Array[] {
  const population = createPopulation({
    ...{ users: 9, sessions: 24, activeSessions: 8, nasCount: 3, interims: 2, interimSeconds: 600 },
    ...{ startSeconds: Date.UTC(2026, 0, 1) / 1000, seed: 5 },
  });
  const report = emptyReport();
  const target = Buffer.alloc(requestOctetsMax);
  return Array.from({ length: population.length }, (_, number) => {
    population.describe(number, report);
    const length = encodeRequest(report, target, number & 255, { secret, messageAuthenticator: number % 2 === 0 });
    return Uint8Array.from(target.subarray(0, length));
  });
}

type Attribute = readonly [type: number, value: string];

/** Values in hexadecimal digits. */
const hostile: readonly (readonly Attribute[])[] = [
  // TLVs within TLVs (RFC 6929 §2.3), deeper than anyone needs, and one without length.
  [[241, `01${'01ff01fd01fb01f901f701f501f301f1'.repeat(4)}`]],
  [[242, '1a0000000901020000']],
  // Fragments of a long extended attribute that never end (§2.2).
  ...[1, 12].map((times) => Array.from({ length: times }, (): Attribute => [245, `0180${'aa'.repeat(250)}`])),
  // Every attribute may repeat: texts, pairs, counters, Proxy-State, Class.
  [1, 25, 33, 40, 42, 44, 52].map((type): Attribute => [type, 'ffffffff']),
  Array.from({ length: 60 }, (): Attribute => [33, 'ab']),
  // A vendor's attribute of no length, and one that is longer than what holds it (RFC 2865 §5.26).
  [[26, '00000009010000']],
  [[26, '0000000901ff61']],
  // Forms of other vendors: 4,0 · 2,2 · 1,1 with continuation.
  [[26, '000001ad00009019000000']],
  [[26, '00001fe400010000']],
  [[26, '000060b5010380']],
  [[26, `00000009${'010d613d62633d64653d66'.repeat(12)}`]],
  // Counters of queues at their highest, and gigawords that wrap.
  [[26, `00001964${'130c00ffffffffffffffffff'.repeat(12)}`]],
  [
    [42, 'ffffffff'],
    [52, 'ffffffff'],
    [43, '00000000'],
    [53, 'ffffffff'],
    [46, 'ffffffff'],
  ],
  // Times at the edges of what 32 bits tell.
  [
    [55, 'ffffffff'],
    [41, 'ffffffff'],
  ],
  [[55, '00000000']],
  // Addresses of no length and of too much (RFC 3162, RFC 4818).
  [
    [97, '00ff20010db8'],
    [123, '0080'],
    [168, '20010db8'],
    [8, '00'],
  ],
  [[97, '008120010db800000000000000000000000000']],
];

/** Names that would do harm as keys, and octets that are no UTF-8. */
const names = ['5f5f70726f746f5f5f', '636f6e7374727563746f72', '00', 'c080', 'eda080', 'f4908080'];

export function hostileRequests(): Uint8Array[] {
  const named = names.flatMap((name): Attribute[][] => [
    [
      [1, name],
      [32, name],
    ],
    [
      [44, name],
      [26, `0000000901${octet(name.length / 2 + 4)}${name}3d61`],
    ],
  ]);
  return [...hostile, ...named].map((attributes) => {
    const common: readonly Attribute[] = [
      [40, '00000003'],
      [44, '73'],
      [1, '616e6e406578616d706c652e6e6574'],
      [46, '00000258'],
    ];
    const isOwn = (type: number) => attributes.some(([own]) => own === type);
    const all = [...common.filter(([type]) => !isOwn(type)), ...attributes];
    const body = all.map(([type, value]) => `${octet(type)}${octet(value.length / 2 + 2)}${value}`).join('');
    const length = (body.length / 2 + 20).toString(16).padStart(4, '0');
    return Uint8Array.from(Buffer.from(`0401${length}${'00'.repeat(16)}${body}`, 'hex'));
  });
}

const octet = (value: number): string => value.toString(16).padStart(2, '0');
