import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SessionAccounts } from '../../../daemon/mediation/session-accounts.ts';
import { TextNumbers } from '../../../daemon/mediation/text-numbers.ts';

test('the latest sessions have the account that was told last, and others know the same texts', () => {
  const step = fc.record({ session: fc.nat(8), account: fc.nat(4) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const texts = new TextNumbers();
      const shared = texts.hold('session 3');
      const accounts = new SessionAccounts(texts, 4);
      const model = new Map<string, number>();
      for (const { session, account } of steps) {
        const key = `session ${session}`;
        if (!model.has(key) && model.size === 4) model.delete(model.keys().next().value!);
        model.set(key, account);
        accounts.set(key, account);
        for (let each = 0; each <= 8; each++) {
          expect(accounts.get(`session ${each}`)).toBe(model.get(`session ${each}`));
        }
      }
      expect(texts.find('session 3')).toBe(shared);
      expect(texts.size).toBe(new Set([...model.keys(), 'session 3']).size);
    }),
  );
});
