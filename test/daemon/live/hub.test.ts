import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BillView } from '../../../daemon/contract.ts';
import { LiveHub, type RaterFeed } from '../../../daemon/live/hub.ts';
import { gathered, messageIn } from '../../fixtures/live-frames.ts';

const bill = { account: 'anna', seq: 3 } as BillView;
const charges = {
  account: 1,
  type: 'charges',
  text: '{"type":"charges","account":"anna","fromSeq":3,"seq":4}',
} as const;

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
  const send = (frame: Buffer) => {
    if (!viewer.slow) seen.push(messageIn(frame).type);
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
    hub.publish(gathered([charges]));
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
    hub.publish(gathered([charges]));
    expect(seen).toEqual(['bill', 'charges']);
  });

  it('costs those beside it nothing', async () => {
    const { hub, viewer, seen, send } = makeBench();
    const quick: string[] = [];
    hub.subscribe(1, null, send);
    hub.subscribe(1, null, (frame) => quick.push(messageIn(frame).type) > 0);
    await passTime();
    viewer.slow = true;
    for (let n = 0; n < 50; n++) hub.publish(gathered([charges, charges]));
    viewer.slow = false;
    await passTime();
    expect(quick).toEqual(['bill', ...Array<string>(100).fill('charges')]);
    expect(seen).toEqual(['bill', 'bill']);
  });

  it('and leaves is not watched for any more', async () => {
    const { hub, viewer, watched, send } = makeBench();
    const leave = hub.subscribe(1, null, send);
    await passTime();
    viewer.slow = true;
    hub.publish(gathered([charges]));
    leave();
    await passTime();
    expect([...watched]).toEqual([]);
  });
});
