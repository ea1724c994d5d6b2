import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BillView, LiveMessage } from '../../../daemon/contract.ts';
import { LiveHub, type RaterFeed } from '../../../daemon/live/hub.ts';

const bill = { account: 'anna', seq: 3 } as BillView;
const charges = { type: 'charges', account: 'anna', fromSeq: 3, seq: 4 } as LiveMessage;

/** A rater that remembers which accounts it was asked to watch, and a viewer that can be made too slow. */
function makeBench() {
  const watched = new Set<number>();
  const feed: RaterFeed = {
    snapshot: async (account) => {
      watched.add(account);
      return bill;
    },
    unwatch: (account) => {
      watched.delete(account);
    },
  };
  const seen: string[] = [];
  const viewer = { slow: false };
  const send = (message: LiveMessage) => {
    if (!viewer.slow) seen.push(message.type);
    return !viewer.slow;
  };
  return { hub: new LiveHub(feed), watched, viewer, seen, send };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Long enough for several tries at a slow viewer. */
const passTime = () => vi.advanceTimersByTimeAsync(5_000);

describe('a viewer that is too slow', () => {
  it('gets a fresh bill when it can take one', async () => {
    const { hub, viewer, seen, send } = makeBench();
    hub.subscribe(1, null, send);
    await passTime();
    viewer.slow = true;
    hub.publish(1, charges);
    viewer.slow = false;
    await passTime();
    expect(seen).toEqual(['bill', 'bill']);
  });

  it('for the fresh bill as well gets one later', async () => {
    const { hub, viewer, seen, send } = makeBench();
    viewer.slow = true;
    hub.subscribe(1, null, send);
    await passTime();
    viewer.slow = false;
    await passTime();
    expect(seen).toEqual(['bill']);
    hub.publish(1, charges);
    expect(seen).toEqual(['bill', 'charges']);
  });

  it('and leaves is not watched for any more', async () => {
    const { hub, viewer, watched, send } = makeBench();
    const leave = hub.subscribe(1, null, send);
    await passTime();
    viewer.slow = true;
    hub.publish(1, charges);
    leave();
    await passTime();
    expect([...watched]).toEqual([]);
  });
});
