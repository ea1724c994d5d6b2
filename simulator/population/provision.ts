/**
 * Makes a population's plans and accounts in a daemon, through its HTTP interface. What is there already stays as it is,
 * and must be what the population wants: a second run with the same options changes nothing.
 */
import { type Api, ApiRefusal, forEachOf } from '../audit/api.ts';
import { localClock, startOfLocalDay } from '../local-time.ts';
import { planId, planXml } from './plans.ts';
import type { PopulationOptions } from './population.ts';
import type { Subscriber } from './subscribers.ts';

const atOnce = 4;

export type Term = Pick<PopulationOptions, 'fromSeconds' | 'skewSeconds'>;

/** Accounts begin on the local day of their first possible use, by the slowest clock. UTC epoch s. */
export function joinedSeconds({ zone }: Subscriber, { fromSeconds, skewSeconds }: Term): number {
  return startOfLocalDay(localClock(zone), fromSeconds - skewSeconds);
}

/** Makes the accounts of these subscribers; answers how many were not there yet. */
export async function provision(
  api: Api,
  subscribers: readonly Subscriber[],
  term: Term,
  onProgress: (done: number, of: number) => void = () => {},
): Promise<number> {
  for (const plan of new Set(subscribers.map((subscriber) => subscriber.plan))) {
    const path = `api/plans/${planId(plan)}`;
    const known = await api.textOrNull(path);
    if (known === null) await api.putXml(path, planXml(plan));
    else if (known !== planXml(plan)) throw new ApiRefusal(`the daemon's plan ${planId(plan)} is another one`, 0);
  }
  let made = 0;
  let done = 0;
  await forEachOf(subscribers, atOnce, async (subscriber) => {
    if (await makeAccount(api, subscriber, term)) made++;
    onProgress(++done, subscribers.length);
  });
  return made;
}

async function makeAccount(api: Api, subscriber: Subscriber, term: Term): Promise<boolean> {
  const { account: id, login, zone: timezone, cycleDay, plan } = subscriber;
  const wanted = { currency: 'USD', timezone, cycleDay, plan: planId(plan) };
  const known = await api.textOrNull(`api/accounts/${id}`);
  if (known === null) {
    await api.post('api/accounts', {
      id,
      name: `Population ${id}`,
      ...wanted,
      validFrom: new Date(joinedSeconds(subscriber, term) * 1000).toISOString(),
      identities: [{ kind: 'login', value: login }],
    });
    return true;
  }
  const found = JSON.parse(known) as Record<string, unknown>;
  for (const [field, value] of Object.entries(wanted)) {
    if (found[field] !== value) {
      throw new ApiRefusal(`account ${id} has ${field} ${String(found[field])}, the population wants ${value}`, 0);
    }
  }
  return false;
}
