/** Tables as the store keeps them: CSV as it was imported, and MaxMind DB files as base64. */
import { type RatingTables, type TableProblem, withLocations, withTable } from '../../rating/index.ts';
import type { StoredTable } from '../store/store.ts';
import { mmdbLocations } from './mmdb-locations.ts';

const mmdbMark = 'mmdb:';
/** Begins the metadata at the end of each such file. */
const mmdbMetadata = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');

/** The text under which a table's octets are kept. */
export function storedText(octets: Buffer): string {
  return octets.includes(mmdbMetadata) ? `${mmdbMark}${octets.toString('base64')}` : octets.toString('utf8');
}

/** What was imported. */
export function importedOctets(text: string): { readonly octets: Buffer; readonly isMmdb: boolean } {
  const isMmdb = text.startsWith(mmdbMark);
  return { octets: isMmdb ? Buffer.from(text.slice(mmdbMark.length), 'base64') : Buffer.from(text), isMmdb };
}

/** All tables with one more, or what is wrong with it. */
export function withStored(
  tables: RatingTables,
  { kind, name, from, text }: Omit<StoredTable, 'createdMs'>,
): { readonly tables: RatingTables } | { readonly problem: TableProblem } {
  const called = { name, ...(from === null ? {} : { from }) };
  const { octets, isMmdb } = importedOctets(text);
  if (!isMmdb) return withTable(tables, { kind, ...called }, text);
  if (kind !== 'locations') return { problem: { line: 1, message: 'only locations come as a MaxMind DB file' } };
  try {
    return withLocations(tables, called, mmdbLocations(octets));
  } catch (cause) {
    return { problem: { line: 1, message: `no MaxMind DB file: ${(cause as Error).message}` } };
  }
}
