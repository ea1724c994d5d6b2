/**
 * Tables of a folder for `meterd plan rate --tables`: `KIND/NAME.csv`, or `KIND/NAME@2026-01-31.csv` for one that is in
 * force from a day on; locations also as `.mmdb`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RatingTables, type TableKind, tableKinds, withLocations, withTable } from '../../rating/index.ts';
import { mmdbLocations } from './mmdb-locations.ts';

/** A table that can't be used; the message begins with its file. */
export class TableFileError extends Error {}

const NAME = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63}?)(?:@(\d{4}-\d{2}-\d{2}))?\.(csv|mmdb)$/;

/** @throws TableFileError for the first file that is no table */
export function readTables(folder: string): RatingTables {
  if (!existsSync(folder)) throw new TableFileError(`${folder}: no such folder`);
  let tables: RatingTables = {};
  for (const kind of readdirSync(folder).sort()) {
    if (!tableKinds.includes(kind as TableKind))
      throw new TableFileError(`${join(folder, kind)}: expected one of ${tableKinds.join(', ')}`);
    for (const file of readdirSync(join(folder, kind)).sort())
      tables = withFile(tables, kind as TableKind, join(folder, kind), file);
  }
  return tables;
}

function withFile(tables: RatingTables, kind: TableKind, folder: string, file: string): RatingTables {
  const path = join(folder, file);
  const match = NAME.exec(file);
  if (!match) throw new TableFileError(`${path}: expected a name such as world.csv or world@2026-01-31.csv`);
  const [, name, from, form] = match;
  const called = { kind, name: name!, ...(from === undefined ? {} : { from }) };
  if (form === 'mmdb' && kind !== 'locations') throw new TableFileError(`${path}: only locations come as .mmdb`);
  const read = form === 'mmdb' ? withMmdb(tables, called, path) : withTable(tables, called, readFileSync(path, 'utf8'));
  if ('tables' in read) return read.tables;
  const { line, field, message } = read.problem;
  throw new TableFileError(`${path}:${line}: ${field === undefined ? '' : `${field}: `}${message}`);
}

function withMmdb(tables: RatingTables, called: { name: string; from?: string }, path: string) {
  try {
    return withLocations(tables, called, mmdbLocations(readFileSync(path)));
  } catch (error) {
    throw new TableFileError(`${path}: no MMDB file: ${(error as Error).message}`);
  }
}
