/**
 * Dictionaries: which RADIUS attribute has which name, type and use. A dictionary is text, so that an operator can add
 * the attributes of other vendors in a file of his own; docs/radius.md describes the format for him:
 *
 *   standard                              attributes that follow are those of the RFCs (the beginning of a file)
 *   vendor NUMBER NAME [format=T,L[,c]]   … are that vendor's; octets of type and length in its attributes (1,1),
 *                                         `c` where an octet of continuation follows them (WiMAX); a vendor that
 *                                         is known keeps its format where the line has none
 *   attribute PATH NAME TYPE [USE]        PATH is a number, or numbers joined by dots: TYPE.EXTENDED of RFC 6929,
 *                                         of a vendor also TYPE.26.NUMBER, and NUMBER.SUB inside a `tlv`
 *   value NAME NUMBER TEXT                what a number of an integer attribute stands for
 *   # …                                   is a comment, to the end of the line
 *
 * USE is `keep` (default): it becomes an attribute of the record; `leave`: it does not; or a counter of the session.
 */

export type AttributeType =
  | 'text'
  | 'tagged-text'
  | 'opaque'
  | 'integer'
  | 'tagged-integer'
  | 'integer64'
  | 'byte'
  | 'short'
  | 'time'
  | 'ipv4'
  | 'ipv6'
  | 'address'
  | 'ipv4-prefix'
  | 'ipv6-prefix'
  | 'interface-id'
  | 'pair'
  | 'queue-counter'
  | 'tlv';

/** Counters a vendor sends beside the RFCs' own; `input` is from the user, as in Acct-Input-Octets. */
export type CounterUse =
  | 'ipv6-input-octets'
  | 'ipv6-output-octets'
  | 'ipv6-input-gigawords'
  | 'ipv6-output-gigawords'
  | 'queue-input-octets'
  | 'queue-output-octets';

export interface AttributeDefinition {
  readonly name: string;
  readonly type: AttributeType;
  readonly use: 'keep' | 'leave' | CounterUse;
  readonly values: Map<number, string>;
  /** Of a `tlv`: what it may hold, by number. */
  readonly children: Map<number, AttributeDefinition>;
}

export interface VendorForm {
  /** Octets of the type (1, 2 or 4) and of the length (0, 1 or 2) in this vendor's attributes. */
  readonly typeOctets: number;
  readonly lengthOctets: number;
  readonly continuation: boolean;
}

export interface VendorDefinition extends VendorForm {
  readonly name: string;
  readonly attributes: Map<number, AttributeDefinition>;
  /** Extended vendor-specific ones (RFC 6929 §2.4), by `extendedKey`. */
  readonly extended: Map<number, AttributeDefinition>;
}

export interface Dictionary {
  readonly standard: Map<number, AttributeDefinition>;
  /** Extended attributes (RFC 6929 §2.1), by `extendedKey`. */
  readonly extended: Map<number, AttributeDefinition>;
  readonly vendors: Map<number, VendorDefinition>;
}

export const vendorSpecific = 26;

/** One number for an extended attribute: its type, its extended type, and within a vendor its vendor type. */
export function extendedKey(type: number, extendedType: number): number {
  return type * 256 + extendedType;
}
