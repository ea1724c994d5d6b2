/** Damages datagrams the way networks, broken exporters and enemies do; the same number of a seed does the same damage. */
import { chanceAt } from '../nas/random.ts';

/** 16-bit values that lengths and counts are broken with. */
const nastyWords = [0, 1, 2, 3, 4, 5, 255, 256, 257, 300, 0x7fff, 0x8000, 0xfffe, 0xffff];
const octetsMax = 65_535;

/** A damaged datagram of the material; a copy. `chance` gives one 32-bit number after another. */
export function mutated(material: readonly Uint8Array[], seed: number, number: number): Uint8Array {
  let index = 0;
  const chance = () => chanceAt(seed ^ 0x6d2b79f5, number * 64 + (index++ & 63));
  let datagram = Uint8Array.from(material[chance() % material.length]!);
  const damages = chance() % 5;
  for (let damage = 0; damage < damages; damage++) datagram = damaged(datagram, material, chance);
  return datagram;
}

function damaged(
  datagram: Uint8Array<ArrayBuffer>,
  material: readonly Uint8Array[],
  chance: () => number,
): Uint8Array<ArrayBuffer> {
  const at = datagram.length === 0 ? 0 : chance() % datagram.length;
  switch (chance() % 9) {
    case 0:
      datagram[at] = datagram[at]! ^ (1 << (chance() & 7));
      return datagram;
    case 1:
      datagram[at] = chance();
      return datagram;
    case 2: {
      // Lengths, counts and numbers stand on even octets.
      const word = nastyWords[chance() % nastyWords.length]!;
      const even = at & ~1;
      datagram.set([word >> 8, word & 255].slice(0, datagram.length - even), even);
      return datagram;
    }
    case 3:
      return datagram.slice(0, at);
    case 4:
      return datagram.slice(0, 4 + (at % 40));
    case 5: {
      const other = material[chance() % material.length]!;
      return joined(datagram.subarray(0, at), other.subarray(other.length === 0 ? 0 : chance() % other.length));
    }
    case 6:
      return joined(datagram, datagram.subarray(at));
    case 7: {
      const length = chance() % 64;
      datagram.copyWithin(at, chance() % Math.max(1, datagram.length), Math.min(datagram.length, at + length));
      return datagram;
    }
    default:
      datagram.fill(chance() & 1 ? 0xff : 0, at, at + (chance() % 16));
      return datagram;
  }
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(Math.min(octetsMax, left.length + right.length));
  octets.set(left.subarray(0, octets.length));
  octets.set(
    right.subarray(0, octets.length - Math.min(left.length, octets.length)),
    Math.min(left.length, octets.length),
  );
  return octets;
}
