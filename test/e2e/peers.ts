/** Real programs of Debian that tests use as peers; a test that misses one is skipped, and says so loudly. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian package by program. */
const packages: Readonly<Record<string, string>> = {
  openssl: 'openssl',
  radclient: 'freeradius-utils',
  chromium: 'chromium',
  softflowd: 'softflowd',
  pmacctd: 'pmacct',
  nfcapd: 'nfdump',
  nfreplay: 'nfdump',
};

/** Full path of a program, or null after a loud word about what is skipped. */
export function findPeer(program: string): string | null {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder; the next one may have it.
    }
  }
  console.warn(
    `\n*** SKIPPED: tests that need "${program}", which is not installed (apt-get install ${packages[program] ?? program}) ***\n`,
  );
  return null;
}
