import { expect, test } from 'vitest';
import type { UsageRecord } from '../../../collectors/index.ts';
import { Guide } from '../../../daemon/mediation/guide.ts';
import { sessionKey } from '../../../daemon/mediation/session.ts';
import { Suspense, type SuspenseOptions, sessionsRememberedMax } from '../../../daemon/mediation/suspense.ts';

/** A report of a session that names nobody. */
function report(session: number): UsageRecord {
  return {
    key: '',
    status: 'interim',
    subjects: [],
    readings: [],
    cumulative: true,
    startMs: 0,
    endMs: 60_000,
    startKnown: true,
    source: { collector: 'radius', device: 'isp/nas', session: `S${session}` },
    attributes: {},
  };
}

test('of more sessions than are remembered, the store is asked for those that were remembered first', async () => {
  const asked: string[] = [];
  const options: Pick<SuspenseOptions, 'guide' | 'sessionAccount'> = {
    guide: new Guide(),
    sessionAccount: async (key) => {
      asked.push(key);
      return null;
    },
  };
  const suspense = new Suspense(options as SuspenseOptions);
  const tooMany = 3;
  const count = sessionsRememberedMax + tooMany;
  for (let session = 0; session < count; session++) suspense.remember(report(session), 7);
  // Known already: it keeps its place.
  suspense.remember(report(tooMany), 8);
  await suspense.lookUp(Array.from({ length: count }, (_, session) => report(session)));
  expect(asked).toEqual([0, 1, 2].map((session) => sessionKey(report(session))));
  expect(suspense.guide(report(tooMany))).toEqual({ account: 8 });
  expect(suspense.guide(report(count - 1))).toEqual({ account: 7 });
  expect(suspense.guide(report(0))).toEqual({ suspend: 'no-subject' });
});
