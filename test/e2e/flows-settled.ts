/** Waits for flows in a real daemon: until what was sent is decoded, logged and rated. */
import type { FlowHealthView, HealthView } from '../../daemon/contract.ts';
import type { Api } from './api.ts';

/** The health when `isThere` holds of flows, and none of them is under way. */
export async function settled(api: Api, isThere: (flows: FlowHealthView) => boolean): Promise<HealthView> {
  for (;;) {
    const health = await api.rated();
    const { flows } = health;
    if (flows !== null && isThere(flows) && flows.held === 0 && flows.octets.waiting === '0') return api.rated();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
