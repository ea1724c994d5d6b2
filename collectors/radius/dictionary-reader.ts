/** Reads dictionaries, whose format dictionary.ts describes; what is wrong in them is told by file and line, not thrown. */
import {
  type AttributeDefinition,
  type AttributeType,
  type CounterUse,
  type Dictionary,
  extendedKey,
  type VendorDefinition,
  type VendorForm,
  vendorSpecific,
} from './dictionary.ts';

export interface DictionaryProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export type DictionaryResult =
  | { readonly ok: true; readonly dictionary: Dictionary }
  | { readonly ok: false; readonly problems: readonly DictionaryProblem[] };

const types: ReadonlySet<string> = new Set<AttributeType>([
  'text',
  'tagged-text',
  'opaque',
  'integer',
  'tagged-integer',
  'integer64',
  'byte',
  'short',
  'time',
  'ipv4',
  'ipv6',
  'address',
  'ipv4-prefix',
  'ipv6-prefix',
  'interface-id',
  'pair',
  'queue-counter',
  'tlv',
]);
/** Each counter with the type it must have. */
const counterTypes: Readonly<Record<CounterUse, AttributeType>> = {
  'ipv6-input-octets': 'integer',
  'ipv6-output-octets': 'integer',
  'ipv6-input-gigawords': 'integer',
  'ipv6-output-gigawords': 'integer',
  'queue-input-octets': 'queue-counter',
  'queue-output-octets': 'queue-counter',
};

const numberMax = 0xffff_ffff;
/** Types whose numbers may have names, each with the largest that it holds. */
const namedNumberMax: Partial<Record<AttributeType, number>> = {
  integer: numberMax,
  'tagged-integer': 0xff_ffff,
  short: 0xffff,
  byte: 0xff,
};
/** Of an extended type and of a TLV's, which have one octet; 0 is none (RFC 6929 §2.1, §2.3). */
const octetMax = 255;
const linesMax = 50_000;
const problemsMax = 20;
const extendedTypeMin = 241;
const extendedTypeMax = 246;
/** RFC 2865 §5.26 recommends it. */
const usualForm: VendorForm = { typeOctets: 1, lengthOctets: 1, continuation: false };

/** Reads dictionaries one after the other; a later one may change what an earlier one said of a vendor's attribute. */
export function readDictionaries(files: readonly { readonly name: string; readonly text: string }[]): DictionaryResult {
  const reader = new DictionaryReader();
  for (const { name, text } of files) reader.read(name, text);
  const { problems, dictionary } = reader;
  return problems.length === 0 ? { ok: true, dictionary } : { ok: false, problems };
}

interface NamedAttribute {
  readonly definition: AttributeDefinition;
  readonly place: string;
  /** 0 for the RFCs' own. */
  readonly vendorNumber: number;
}

class DictionaryReader {
  readonly dictionary: Dictionary = { standard: new Map(), extended: new Map(), vendors: new Map() };
  readonly problems: DictionaryProblem[] = [];
  /** Where a name stands, so that no two attributes have the same. */
  readonly #byName = new Map<string, NamedAttribute>();
  /** Names of numbers that the file has told so far: NAME NUMBER. */
  readonly #valuesOfFile = new Set<string>();
  #vendor: VendorDefinition | null = null;
  #vendorNumber = 0;
  #file = '';
  #line = 0;

  read(file: string, text: string): void {
    this.#file = file;
    this.#valuesOfFile.clear();
    this.#vendor = null;
    this.#vendorNumber = 0;
    for (const [index, line] of text.split('\n').entries()) {
      this.#line = index + 1;
      if (index >= linesMax) return this.#fail(`is longer than ${linesMax} lines`);
      const words = line.replace(/#.*/, '').trim().split(/\s+/);
      if (words[0] !== '') this.#readLine(words[0]!, words.slice(1));
      if (this.problems.length >= problemsMax) return;
    }
  }

  #readLine(keyword: string, words: string[]): void {
    if (keyword === 'attribute') return this.#attribute(words);
    if (keyword === 'value') return this.#value(words);
    if (keyword === 'vendor') return this.#beginVendor(words);
    if (keyword === 'standard' && words.length === 0) {
      this.#vendor = null;
      this.#vendorNumber = 0;
      return;
    }
    this.#fail(`begins with "${keyword.slice(0, 40)}", expected attribute, value, vendor or standard`);
  }

  #beginVendor(words: string[]): void {
    const [numberText = '', name = '', format] = words;
    const number = wholeNumber(numberText, 1, 0xff_ffff);
    if (number === null) return this.#fail('vendor wants a number from 1 to 16777215');
    if (!isName(name)) return this.#fail(`vendor ${number} wants a name of letters, digits and -`);
    const known = this.dictionary.vendors.get(number);
    const form = format === undefined ? (known ?? usualForm) : vendorForm(format);
    if (form === null || words.length > 3)
      return this.#fail('format must be like format=1,1 (type 1, 2 or 4; length 0, 1 or 2)');
    this.#checkVendor(number, name, known);
    const unfit = [...(known?.attributes.keys() ?? [])].find((type) => type > vendorTypeMax(form));
    if (unfit !== undefined) return this.#fail(`${format} has no room for the attribute ${unfit} of ${name}`);
    this.#vendorNumber = number;
    this.#vendor = {
      name,
      typeOctets: form.typeOctets,
      lengthOctets: form.lengthOctets,
      continuation: form.continuation,
      attributes: known?.attributes ?? new Map(),
      extended: known?.extended ?? new Map(),
    };
    this.dictionary.vendors.set(number, this.#vendor);
  }

  /** A wrong number would change the attributes of another vendor. */
  #checkVendor(number: number, name: string, known: VendorDefinition | undefined): void {
    const isNamed = (vendor: VendorDefinition) => vendor.name.toLowerCase() === name.toLowerCase();
    if (known !== undefined && !isNamed(known)) return this.#fail(`vendor ${number} is ${known.name}, not ${name}`);
    const other = [...this.dictionary.vendors].find(([key, vendor]) => key !== number && isNamed(vendor));
    if (other !== undefined) this.#fail(`${name} is the vendor ${other[0]}, not ${number}`);
  }

  #attribute(words: string[]): void {
    const [pathText = '', name = '', type = '', use = 'keep'] = words;
    const path = pathText.split('.').map((part) => wholeNumber(part, 0, numberMax));
    if (path.length > 6 || path.some((part) => part === null))
      return this.#fail(`"${pathText.slice(0, 40)}" is no number of an attribute`);
    if (!isName(name)) return this.#fail(`attribute ${pathText} wants a name of letters, digits and -`);
    if (!types.has(type))
      return this.#fail(`${name} has the type "${type.slice(0, 40)}", expected one of ${[...types].join(', ')}`);
    const wanted = Object.hasOwn(counterTypes, use) ? counterTypes[use as CounterUse] : undefined;
    if (words.length > 4 || (use !== 'keep' && use !== 'leave' && wanted === undefined)) {
      return this.#fail(
        `${name} has the use "${use.slice(0, 40)}", expected keep, leave, ${Object.keys(counterTypes).join(', ')}`,
      );
    }
    if (wanted !== undefined && type !== wanted)
      return this.#fail(`${name} counts ${use}, so its type must be ${wanted}`);
    const place = `${this.#vendorNumber} ${pathText}`;
    const same = this.#byName.get(name);
    if (same !== undefined && same.place !== place) return this.#fail(`another attribute is named ${name}`);
    this.#define(path as number[], place, {
      name,
      type: type as AttributeType,
      use: use as AttributeDefinition['use'],
      values: same?.definition.values ?? new Map(),
      children: same?.definition.children ?? new Map(),
    });
  }

  #define(path: number[], place: string, definition: AttributeDefinition): void {
    const found = this.#space(path);
    if (found === null) return;
    const { space, key } = found;
    const known = space.get(key);
    // What records and plans rely on by name is not for a file to change; whether it is kept, is.
    if (known && this.#vendor === null && (known.name !== definition.name || known.type !== definition.type)) {
      return this.#fail(`${path.join('.')} is ${known.name} of type ${known.type}; a file can only change its use`);
    }
    if (known) this.#byName.delete(known.name);
    space.set(key, definition);
    this.#byName.set(definition.name, { definition, place, vendorNumber: this.#vendorNumber });
  }

  /** The map an attribute belongs in, and its key there; null where there is none. */
  #space(path: number[]): { space: Map<number, AttributeDefinition>; key: number } | null {
    const [first, second, third] = path as [number, number | undefined, number | undefined];
    const extended = first >= extendedTypeMin && first <= extendedTypeMax && second !== undefined;
    const vendor = this.#vendor;
    if (extended && second === vendorSpecific && third !== undefined && vendor !== null) {
      if (!this.#isOctet(third)) return null;
      return this.#inside(vendor.extended, extendedKey(first, third), path.slice(3));
    }
    if (vendor !== null) {
      // 0 is a number like others: Colubris uses it.
      if (first <= vendorTypeMax(vendor)) return this.#inside(vendor.attributes, first, path.slice(1));
      this.#fail(`${first} is too large for ${vendor.name}, whose format has ${vendor.typeOctets} octet(s) of type`);
      return null;
    }
    if (first === vendorSpecific || (extended && second === vendorSpecific)) {
      this.#fail(`${path.join('.')} is vendor-specific: such attributes are defined after a line vendor NUMBER NAME`);
      return null;
    }
    if (extended && second >= 1 && second <= octetMax)
      return this.#inside(this.dictionary.extended, extendedKey(first, second), path.slice(2));
    if (first >= 1 && first <= 240) return this.#inside(this.dictionary.standard, first, path.slice(1));
    this.#fail(`${path.join('.')} is no number of a standard attribute: 1 to 240, or 241.1 to 246.255`);
    return null;
  }

  #inside(space: Map<number, AttributeDefinition>, key: number, rest: number[]) {
    let at = { space, key };
    for (const number of rest) {
      const parent = at.space.get(at.key);
      if (parent?.type !== 'tlv') {
        this.#fail('an attribute inside another wants that one defined before, with the type tlv');
        return null;
      }
      if (!this.#isOctet(number)) return null;
      at = { space: parent.children, key: number };
    }
    return at;
  }

  /** False, and told, for what is no number of an extended attribute or one inside another. */
  #isOctet(number: number): boolean {
    if (number >= 1 && number <= octetMax) return true;
    this.#fail(`${number} is no number of an extended attribute or one inside another: 1 to ${octetMax}`);
    return false;
  }

  #value(words: string[]): void {
    const [name = '', numberText = '', text = ''] = words;
    const number = wholeNumber(numberText, 0, numberMax);
    const known = this.#byName.get(name);
    if (known === undefined) return this.#fail(`value of ${name.slice(0, 64)}, which no attribute is named`);
    if (number === null || words.length !== 3) return this.#fail('value wants NAME NUMBER TEXT, the text in one word');
    const { type, values } = known.definition;
    const max = namedNumberMax[type];
    if (max === undefined)
      return this.#fail(`${name} is ${type}; only ${Object.keys(namedNumberMax).join(', ')} have names of numbers`);
    if (number > max) return this.#fail(`${number} is too large for ${name}, whose type is ${type}`);
    const before = values.get(number);
    const valueText = text.slice(0, 64);
    // As with attributes: what a vendor's number stands for may be told anew by a later file, a standard one's may not.
    const isFixed = known.vendorNumber === 0 || this.#valuesOfFile.has(`${name} ${number}`);
    if (before !== undefined && before !== valueText && isFixed)
      return this.#fail(`${number} of ${name} is ${before} already, not ${valueText}`);
    this.#valuesOfFile.add(`${name} ${number}`);
    values.set(number, valueText);
  }

  #fail(message: string): void {
    this.problems.push({ file: this.#file, line: this.#line, message });
  }
}

/** Reads `format=T,L[,c]`; null where it is none. */
function vendorForm(text: string): VendorForm | null {
  const match = /^format=([124]),([012])(,c)?$/.exec(text);
  if (match === null) return null;
  return { typeOctets: Number(match[1]), lengthOctets: Number(match[2]), continuation: match[3] !== undefined };
}

function vendorTypeMax({ typeOctets }: VendorForm): number {
  return 256 ** typeOctets - 1;
}

function wholeNumber(text: string, min: number, max: number): number | null {
  const number = /^(\d{1,10}|0x[0-9a-fA-F]{1,8})$/.test(text) ? Number(text) : -1;
  return number >= min && number <= max ? number : null;
}

/** Also no name that every object has (`constructor`): names become keys of records. */
function isName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(text) && !(text in Object.prototype);
}
