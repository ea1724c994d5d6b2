/**
 * What a dictionary makes of a packet's attributes: texts by name, and counters the RFCs lack. Bounded by named limits,
 * whatever the packet holds; what is malformed inside an attribute costs that attribute only (RFC 6929 §2.8).
 *
 * Walks vendor-specific attributes (RFC 2865 §5.26, in each vendor's own form), extended and long extended ones with
 * their fragments (RFC 6929 §2.1-2.2), extended vendor-specific ones (§2.4) and TLVs (§2.3). Of an ordinary
 * vendor-specific attribute, what stands before something malformed is kept: RFC 2865 §5.26 only recommends its form.
 */
import {
  type AttributeDefinition,
  type CounterUse,
  type Dictionary,
  extendedKey,
  type VendorDefinition,
  vendorSpecific,
} from './dictionary.ts';
import { Fragments } from './fragments.ts';
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
/** Length of an attribute that more may follow (RFC 6929 §2.2). */
const lengthMax = 255;

export class DescribedAttributes {
  readonly texts: Record<string, string> = {};
  readonly #dictionary: Dictionary;
  #counters: Map<CounterUse, bigint> | null = null;
  #count = 0;
  #leftOut = 0;
  /** Of attributes whose last fragment has not come; long extended ones by `extendedKey`, vendors' by definition. */
  #fragments: Fragments | null = null;

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /** The next attribute of the packet, other than those that accounting.ts reads itself: its value's begin and end. */
  take(type: number, packet: Buffer, begin: number, end: number): void {
    if (type === vendorSpecific) return this.#vendorSpecific(packet.subarray(begin, end));
    if (type > 240 && type < longExtendedMin) return this.#extended(type, packet.subarray(begin, end));
    if (type >= longExtendedMin && type <= extendedMax) return this.#longExtended(type, packet, begin, end);
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
    if (value.length > 0) this.#extendedWhole(type, value[0]!, value.subarray(1));
  }

  /** RFC 6929 §2.2: an octet of flags follows the extended type, its highest bit telling that more of the value comes. */
  #longExtended(type: number, packet: Buffer, begin: number, end: number): void {
    // Without an octet of the value it is none, and another attribute between the fragments of one.
    if (end - begin < 3) return;
    const extendedType = packet[begin]!;
    const more = (packet[begin + 1]! & 0x80) !== 0;
    const place = { begin: begin - 2, end };
    const valid = !more || end - place.begin === lengthMax;
    this.#fragments ??= new Fragments();
    const value = packet.subarray(begin + 2, end);
    const whole = this.#fragments.join(extendedKey(type, extendedType), { value, more, valid, place });
    if (whole !== null) this.#extendedWhole(type, extendedType, whole);
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
      const definition = vendor.attributes.get(type);
      const content = value.subarray(at + header, at + length);
      if (definition !== undefined && continuation) this.#continued(definition, content);
      else if (definition !== undefined) this.#keep(definition, content, 0);
      at += length;
    }
  }

  /** WiMAX: by the highest bit of the octet before it, a value goes on in the next attribute of the same vendor's type. */
  #continued(definition: AttributeDefinition, content: Buffer): void {
    if (content.length === 0) return;
    this.#fragments ??= new Fragments();
    const more = (content[0]! & 0x80) !== 0;
    const whole = this.#fragments.join(definition, { value: content.subarray(1), more, valid: true, place: null });
    if (whole !== null) this.#keep(definition, whole, 0);
  }

  #keep(definition: AttributeDefinition, value: Buffer, depth: number): void {
    const { type, use } = definition;
    if (type === 'tlv') {
      if (depth > 0 || isWellFormed(definition, value, 0)) this.#tlv(definition, value, depth);
      return;
    }
    if (use === 'leave' || value.length === 0) return;
    if (use !== 'keep') return this.#add(use, type, value);
    const told = type === 'pair' ? this.#pair(definition, value) : null;
    const name = told?.name ?? definition.name;
    const content = told?.value ?? valueText(definition, value, 0, value.length);
    if (content !== null) this.#put(name, content);
  }

  /** Of a value that is well-formed. */
  #tlv({ children }: AttributeDefinition, value: Buffer, depth: number): void {
    if (depth >= nestingMax) return;
    for (let at = 0; at < value.length; at += value[at + 1]!) {
      const child = children.get(value[at]!);
      if (child !== undefined) this.#keep(child, value.subarray(at + 2, at + value[at + 1]!), depth + 1);
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

/**
 * RFC 6929 §2.3: a TLV shorter than 3 octets, or longer than what holds it, makes the whole attribute invalid, also what
 * stands before it and around it.
 */
function isWellFormed({ children }: AttributeDefinition, value: Buffer, depth: number): boolean {
  if (depth >= nestingMax) return true;
  for (let at = 0; at < value.length; ) {
    const length = value[at + 1] ?? 0;
    if (length < 3 || at + length > value.length) return false;
    const child = children.get(value[at]!);
    if (child?.type === 'tlv' && !isWellFormed(child, value.subarray(at + 2, at + length), depth + 1)) return false;
    at += length;
  }
  return true;
}
