/**
 * What a dictionary makes of a packet's attributes: texts by name, and counters the RFCs lack. Bounded by named limits,
 * whatever the packet holds; what is malformed inside an attribute costs that attribute only (RFC 6929 §2.8).
 *
 * Walks vendor-specific attributes (RFC 2865 §5.26, in each vendor's own form), extended and long extended ones with
 * their fragments (RFC 6929 §2.1-2.2), extended vendor-specific ones (§2.4) and TLVs (§2.3).
 */
import {
  type AttributeDefinition,
  type CounterUse,
  type Dictionary,
  extendedKey,
  type VendorDefinition,
  vendorSpecific,
} from './dictionary.ts';
import { text, valueText } from './values.ts';

/** Of one record; more are counted and left out. */
export const attributesMax = 48;
/** Characters of one value, also of a repeated attribute, whose values follow each other on lines. */
export const attributeCharactersMax = 256;
const nestingMax = 5;
/** Under this name stands how many attributes were left out, where any were. */
export const leftOutName = 'attributesLeftOut';
const longExtendedMin = 245;
const extendedMax = 246;

export class DescribedAttributes {
  readonly texts: Record<string, string> = {};
  readonly #dictionary: Dictionary;
  #counters: Map<CounterUse, bigint> | null = null;
  #count = 0;
  #leftOut = 0;
  /** Fragments of a long extended attribute whose last has not come. */
  #pending: { readonly type: number; readonly extendedType: number; readonly parts: Buffer[] } | null = null;

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /** The next attribute of the packet, other than those that accounting.ts reads itself: its value's begin and end. */
  take(type: number, packet: Buffer, begin: number, end: number): void {
    if (type === vendorSpecific) return this.#vendorSpecific(packet.subarray(begin, end));
    if (type > 240 && type <= extendedMax) return this.#extended(type, packet.subarray(begin, end));
    const definition = this.#dictionary.standard.get(type);
    if (definition === undefined || (definition.use === 'leave' && definition.type !== 'tlv')) return;
    if (definition.use !== 'keep' || definition.type === 'tlv' || definition.type === 'pair') {
      return this.#keep(definition, packet.subarray(begin, end), 0);
    }
    const content = valueText(definition, packet, begin, end);
    if (content !== null) this.#put(definition.name, content);
  }

  counter(use: CounterUse): bigint | undefined {
    return this.#counters?.get(use);
  }

  /** Notes what was left out; called once, after the last attribute. */
  finish(): Record<string, string> {
    if (this.#leftOut > 0) this.texts[leftOutName] = String(this.#leftOut);
    return this.texts;
  }

  #extended(type: number, value: Buffer): void {
    if (value.length === 0) return;
    const extendedType = value[0]!;
    if (type < longExtendedMin) return this.#extendedWhole(type, extendedType, value.subarray(1));
    // RFC 6929 §2.2: an octet of flags follows, its highest bit telling that more of the value comes.
    if (value.length < 2) return;
    const pending = this.#pending;
    const goesOn = pending?.type === type && pending.extendedType === extendedType;
    const parts = goesOn ? pending.parts : [];
    parts.push(value.subarray(2));
    const more = (value[1]! & 0x80) !== 0;
    this.#pending = more ? { type, extendedType, parts } : null;
    if (!more) this.#extendedWhole(type, extendedType, parts.length === 1 ? parts[0]! : Buffer.concat(parts));
  }

  #extendedWhole(type: number, extendedType: number, value: Buffer): void {
    if (extendedType !== vendorSpecific) {
      const definition = this.#dictionary.extended.get(extendedKey(type, extendedType));
      if (definition !== undefined) this.#keep(definition, value, 0);
      return;
    }
    if (value.length < 5) return;
    const vendor = this.#dictionary.vendors.get(value.readUInt32BE(0));
    const definition = vendor?.extended.get(extendedKey(type, value[4]!));
    if (definition !== undefined) this.#keep(definition, value.subarray(5), 0);
  }

  #vendorSpecific(value: Buffer): void {
    if (value.length < 4) return;
    const vendor = this.#dictionary.vendors.get(value.readUInt32BE(0));
    if (vendor === undefined) return;
    this.#vendorAttributes(vendor, value.subarray(4));
  }

  #vendorAttributes(vendor: VendorDefinition, value: Buffer): void {
    const { typeOctets, lengthOctets, continuation } = vendor;
    const header = typeOctets + lengthOctets;
    for (let at = 0; at + header <= value.length; ) {
      const type = value.readUIntBE(at, typeOctets);
      const length = lengthOctets === 0 ? value.length - at : value.readUIntBE(at + typeOctets, lengthOctets);
      if (length < header || at + length > value.length) return;
      // The octet of continuation tells of fragments, which no attribute of accounting needs.
      const begin = at + header + (continuation ? 1 : 0);
      const definition = vendor.attributes.get(type);
      if (definition !== undefined && begin <= at + length)
        this.#keep(definition, value.subarray(begin, at + length), 0);
      at += length;
    }
  }

  #keep(definition: AttributeDefinition, value: Buffer, depth: number): void {
    const { type, use } = definition;
    if (type === 'tlv') return this.#tlv(definition, value, depth);
    if (use === 'leave' || value.length === 0) return;
    if (use !== 'keep') return this.#add(use, type, value);
    const told = type === 'pair' ? this.#pair(definition, value) : null;
    const name = told?.name ?? definition.name;
    const content = told?.value ?? valueText(definition, value, 0, value.length);
    if (content !== null) this.#put(name, content);
  }

  #tlv({ children }: AttributeDefinition, value: Buffer, depth: number): void {
    if (depth >= nestingMax) return;
    for (let at = 0; at + 2 <= value.length; ) {
      const length = value[at + 1]!;
      if (length < 2 || at + length > value.length) return;
      const child = children.get(value[at]!);
      if (child !== undefined) this.#keep(child, value.subarray(at + 2, at + length), depth + 1);
      at += length;
    }
  }

  #put(name: string, content: string): void {
    const before = this.texts[name];
    if (before === undefined && this.#count >= attributesMax) {
      this.#leftOut++;
      return;
    }
    if (before === undefined) this.#count++;
    else if (before.length >= attributeCharactersMax) return;
    const whole = before === undefined ? content : `${before}\n${content}`;
    this.texts[name] =
      whole.length <= attributeCharactersMax ? whole : `${whole.slice(0, attributeCharactersMax - 1)}…`;
  }

  /** "name=value" is an attribute of its own, so that a plan can ask for it; the names are the device's. */
  #pair(definition: AttributeDefinition, value: Buffer): { name: string; value: string } | null {
    const match = /^([A-Za-z0-9_.:-]{1,48})[=*](.+)$/s.exec(text(value));
    return match === null ? null : { name: `${definition.name}:${match[1]!}`, value: match[2]! };
  }

  #add(use: CounterUse, type: AttributeDefinition['type'], value: Buffer): void {
    this.#counters ??= new Map();
    if (type === 'integer') {
      // As with the counters of the RFCs, the first of a repeated attribute counts.
      if (value.length === 4 && !this.#counters.has(use)) this.#counters.set(use, BigInt(value.readUInt32BE(0)));
      return;
    }
    // Of a queue (0x00) or a policer (0x80); other counters of that form overlap each other.
    if (value.length !== 10 || (value[0] !== 0x00 && value[0] !== 0x80)) return;
    this.#counters.set(use, (this.#counters.get(use) ?? 0n) + value.readBigUInt64BE(2));
  }
}
