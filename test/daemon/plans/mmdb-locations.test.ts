import { describe, expect, it } from 'vitest';
import { mmdbLocations } from '../../../daemon/plans/mmdb-locations.ts';
import { mmdbFile } from './mmdb-file.ts';

describe('locations of a MaxMind DB file', () => {
  it('are country and first subdivision where records are as in MaxMind’s own files', () => {
    const locations = mmdbLocations(
      mmdbFile([
        ['192.0.2.0', 24, { country: { iso_code: 'US' }, subdivisions: [{ iso_code: 'CA' }, { iso_code: 'X' }] }],
        ['198.51.100.0', 25, { registered_country: { iso_code: 'NL' } }],
      ]),
    );
    expect(locations.locate('192.0.2.200')).toEqual({ country: 'US', region: 'CA' });
    expect(locations.locate('198.51.100.127')).toEqual({ country: 'NL' });
    expect(locations.locate('198.51.100.128')).toBeNull();
  });

  it('are found where records are flat, as in files of public registries', () => {
    const locations = mmdbLocations(
      mmdbFile([
        ['192.0.2.0', 24, { country_code: 'US', state1: 'California', city: 'Oakland' }],
        ['198.51.100.0', 24, { country_code: 'NL' }],
      ]),
    );
    expect(locations.locate('192.0.2.1')).toEqual({ country: 'US', region: 'California' });
    expect(locations.locate('198.51.100.1')).toEqual({ country: 'NL' });
  });

  it('are none for what is no address, for another family, and for records of something else', () => {
    const locations = mmdbLocations(mmdbFile([['192.0.2.0', 24, { autonomous_system: 'X' }]]));
    for (const address of ['192.0.2.1', '203.0.113.1', '2001:db8::1', 'nowhere', ''])
      expect(locations.locate(address)).toBeNull();
  });

  it('are refused where the file is none', () => {
    expect(() => mmdbLocations(Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'))).toThrow();
    expect(() => mmdbLocations(Buffer.from('network,country\n'))).toThrow();
  });
});
