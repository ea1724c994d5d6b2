import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GoingOn } from '../../../daemon/mediation/going-on.ts';

test('sessions that go on are those that began and have not ended, of each device', () => {
  const step = fc.record({ session: fc.nat(3_000), begins: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const deviceOf = (session: number) => (session % 5) * 500;
      const goingOn = new GoingOn();
      const model = new Set<number>();
      for (const { session, begins } of steps) {
        if (begins) goingOn.add(session, deviceOf(session));
        else goingOn.delete(session, deviceOf(session));
        if (begins) model.add(session);
        else model.delete(session);
      }
      for (const device of [0, 500, 1_000, 1_500, 2_000, 9_999]) {
        const expected = [...model].filter((session) => deviceOf(session) === device);
        expect(goingOn.of(device).sort()).toEqual(expected.sort());
      }
    }),
  );
});
