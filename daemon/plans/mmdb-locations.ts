/**
 * Locations from a MaxMind DB file: the country's ISO code and its first subdivision. Records are as in MaxMind's City and
 * Country files, or flat as in files made from the address registries, where a region goes by its name.
 */
import { Reader } from 'mmdb-lib';
import type { Locations, Place } from '../../rating/index.ts';

interface LocationRecord {
  readonly country?: { readonly iso_code?: string };
  readonly registered_country?: { readonly iso_code?: string };
  readonly subdivisions?: readonly { readonly iso_code?: string }[];
  readonly country_code?: string;
  readonly state1?: string;
}

/** The file is held in memory, so that a look-up reads nothing. @throws Error if it is no such file */
export function mmdbLocations(file: Buffer): Locations {
  const reader = new Reader<never>(file);
  return {
    locate(address) {
      const record = find(reader, address);
      const country = record?.country?.iso_code ?? record?.registered_country?.iso_code ?? record?.country_code;
      const region = record?.subdivisions?.[0]?.iso_code ?? record?.state1;
      if (country === undefined && region === undefined) return null;
      return { ...(country === undefined ? {} : { country }), ...(region === undefined ? {} : { region }) } as Place;
    },
  };
}

/** What is no address, or of a family the file does not hold, is nowhere. */
function find(reader: Reader<never>, address: string): LocationRecord | null {
  try {
    return reader.get(address) as LocationRecord | null;
  } catch {
    return null;
  }
}
