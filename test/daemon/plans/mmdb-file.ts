/** Writes small MaxMind DB files (format 2.0, 24-bit records), so that the reader is tested with files of each form. */

type Value = string | readonly Value[] | { readonly [name: string]: Value };

/** `networks`: IPv4 address, length of the prefix, and what is said of it. No network lies within another. */
export function mmdbFile(networks: readonly (readonly [address: string, bits: number, record: Value])[]): Buffer {
  const nodes: (number | null)[][] = [[null, null]];
  const data: Buffer[] = [];
  let dataOctets = 0;
  const leaves: { readonly node: number; readonly side: number; readonly at: number }[] = [];
  for (const [address, bits, record] of networks) {
    const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    let node = 0;
    for (let bit = 0; bit < bits; bit++) {
      const side = Math.floor(value / 2 ** (31 - bit)) % 2;
      if (bit === bits - 1) {
        leaves.push({ node, side, at: dataOctets });
        continue;
      }
      nodes[node]![side] ??= nodes.push([null, null]) - 1;
      node = nodes[node]![side]!;
    }
    const encoded = encode(record);
    data.push(encoded);
    dataOctets += encoded.length;
  }
  const records = nodes.map((sides) => sides.map((next) => next ?? nodes.length));
  for (const { node, side, at } of leaves) records[node]![side] = nodes.length + 16 + at;
  const tree = Buffer.alloc(nodes.length * 6);
  for (const [i, next] of records.flat().entries()) tree.writeUIntBE(next, i * 3, 3);
  return Buffer.concat([
    tree,
    Buffer.alloc(16),
    ...data,
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    metadata(nodes.length),
  ]);
}

const uint16 = 5;
const uint32 = 6;

function metadata(nodeCount: number): Buffer {
  const fields: readonly (readonly [string, Buffer])[] = [
    ['node_count', unsigned(uint32, nodeCount, 4)],
    ['record_size', unsigned(uint16, 24, 2)],
    ['ip_version', unsigned(uint16, 4, 2)],
    ['database_type', encode('Test')],
    ['languages', encode([])],
    ['binary_format_major_version', unsigned(uint16, 2, 2)],
    ['binary_format_minor_version', unsigned(uint16, 0, 2)],
    ['build_epoch', Buffer.concat([Buffer.from([8, 2]), Buffer.alloc(8, 1)])],
    ['description', encode({})],
  ];
  return Buffer.concat([
    Buffer.from([0xe0 | fields.length]),
    ...fields.flatMap(([name, value]) => [encode(name), value]),
  ]);
}

function unsigned(type: number, value: number, octets: number): Buffer {
  const bytes = Buffer.alloc(1 + octets);
  bytes[0] = (type << 5) | octets;
  bytes.writeUIntBE(value, 1, octets);
  return bytes;
}

function encode(value: Value): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([Buffer.from([0x40 | text.length]), text]);
  }
  // Arrays are of an extended type, named in a second octet less seven.
  if (Array.isArray(value)) return Buffer.concat([Buffer.from([value.length, 4]), ...value.map(encode)]);
  const fields = Object.entries(value);
  return Buffer.concat([
    Buffer.from([0xe0 | fields.length]),
    ...fields.flatMap(([name, one]) => [encode(name), encode(one)]),
  ]);
}
