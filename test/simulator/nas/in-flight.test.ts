import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createInFlight } from '../../../simulator/nas/in-flight.ts';

const slots = 6;

test('slots are taken in order of release and time out in order of transmission, as two plain lists would', () => {
  const steps = fc.array(fc.record({ act: fc.constantFrom('take', 'release', 'renew'), pick: fc.nat(slots - 1) }));
  fc.assert(
    fc.property(steps, (chosen) => {
      const inFlight = createInFlight(slots, 3);
      // Two sockets of three Identifiers: the first round visits the sockets in turn.
      const free = [0, 3, 1, 4, 2, 5];
      const sent: number[] = [];
      for (const [nowMs, { act, pick }] of chosen.entries()) {
        const picked = sent[pick % Math.max(sent.length, 1)];
        if (act === 'take' && free.length > 0) {
          const slot = inFlight.take();
          expect(slot).toBe(free.shift());
          inFlight.push(slot, nowMs);
          sent.push(slot);
        } else if (act !== 'take' && picked !== undefined) {
          sent.splice(sent.indexOf(picked), 1);
          if (act === 'release') {
            inFlight.release(picked);
            free.push(picked);
          } else {
            inFlight.renew(picked, nowMs);
            sent.push(picked);
          }
        }
        expect(inFlight.size).toBe(sent.length);
        expect(inFlight.oldest(nowMs)).toBe(sent[0] ?? -1);
        expect(inFlight.oldest(-1)).toBe(-1);
        for (let slot = 0; slot < slots; slot++) expect(inFlight.has(slot)).toBe(sent.includes(slot));
      }
    }),
  );
});
