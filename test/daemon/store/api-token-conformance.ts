/** The part of the store's conformance suite that is about API tokens. */
import { expect, it } from 'vitest';
import type { NewApiToken, Store } from '../../../daemon/store/store.ts';
import type { StorePlace } from './conformance.ts';

function newToken(id: string, changes: Partial<NewApiToken> = {}): NewApiToken {
  return {
    id,
    tokenHash: `hash of ${id}`,
    name: `Token ${id}`,
    role: 'provider',
    provider: 'voip-1',
    rights: ['usage', 'charges'],
    createdMs: 1_000,
    ...changes,
  };
}

export function apiTokenConformance(makePlace: () => StorePlace, keep: (store: Store) => Store): void {
  it('are found by their hash, as they were made, by every connection', async () => {
    const place = makePlace();
    const store = keep(place.open());
    const reader = keep(place.open({ readOnly: true }));
    await store.addApiToken(newToken('a', { name: 'Ünï "O\'Neil"' }));
    await store.addApiToken(newToken('b', { role: 'csr', provider: null, rights: [] }));
    for (const connection of [store, reader]) {
      expect(await connection.apiToken('hash of a')).toEqual({
        ...newToken('a', { name: 'Ünï "O\'Neil"' }),
        revokedMs: null,
      });
      expect(await connection.apiToken('hash of b')).toMatchObject({ role: 'csr', provider: null, rights: [] });
      expect([await connection.apiToken('a'), await connection.apiToken('hash of A')]).toEqual([null, null]);
    }
  });

  it('are found no more once revoked, but listed in the order they were made', async () => {
    const place = makePlace();
    const store = keep(place.open());
    const reader = keep(place.open({ readOnly: true }));
    for (const id of ['c', 'a', 'b']) await store.addApiToken(newToken(id, { createdMs: id === 'a' ? 1 : 2 }));
    expect(await store.revokeApiToken('a', 5_000)).toEqual({ ...newToken('a', { createdMs: 1 }), revokedMs: 5_000 });
    expect(await reader.apiToken('hash of a')).toBeNull();
    expect(await reader.apiToken('hash of b')).toMatchObject({ id: 'b' });
    const listed = (await reader.apiTokens()).map(({ id, revokedMs }) => [id, revokedMs]);
    expect(listed).toEqual([
      ['c', null],
      ['a', 5_000],
      ['b', null],
    ]);
  });

  it('stay revoked since the first time; revoking what is unknown changes nothing', async () => {
    const store = keep(makePlace().open());
    await store.addApiToken(newToken('a'));
    await store.revokeApiToken('a', 5_000);
    expect(await store.revokeApiToken('a', 6_000)).toMatchObject({ id: 'a', revokedMs: 5_000 });
    expect(await store.revokeApiToken('b', 6_000)).toBeNull();
    expect(await store.apiTokens()).toHaveLength(1);
  });

  it('have an id and a hash of their own, also against revoked ones', async () => {
    const store = keep(makePlace().open());
    await store.addApiToken(newToken('a'));
    await store.revokeApiToken('a', 5_000);
    await expect(store.addApiToken(newToken('a', { tokenHash: 'other' }))).rejects.toThrow();
    await expect(store.addApiToken(newToken('b', { tokenHash: 'hash of a' }))).rejects.toThrow();
    expect(await store.apiTokens()).toHaveLength(1);
    expect(await store.apiToken('hash of a')).toBeNull();
  });
}
