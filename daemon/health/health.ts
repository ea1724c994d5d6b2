/**
 * The verdict on the metering's health: the two laws of DESIGN §1, what was refused, and the devices. Pure: what was
 * measured comes in, the view goes out.
 */
import { addDecimal } from '../../rating/index.ts';
import type { ConservationView, HealthView } from '../contract.ts';
import type { DeviceSight } from '../counters.ts';
import { flowTrouble } from '../flows/flow-health.ts';
import type { SuspenseCounts, SuspenseListing } from '../log/usage-log.ts';
import { subjectOfKey } from '../mediation/guide.ts';
import type { PartitionProgress } from '../store/store.ts';

export interface HealthInputs {
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly version: string;
  readonly collectors: readonly ConservationView[];
  readonly progress: PartitionProgress;
  readonly lastPosition: number;
  /** For how long something has been waiting to be rated, in real ms; null if nothing is. */
  readonly waitingForMs: number | null;
  readonly suspense: SuspenseCounts;
  readonly suspenseSubjects: readonly SuspenseListing[];
  readonly devices: readonly DeviceSight[];
  readonly logWritable: boolean;
  readonly raterFaulty: boolean;
  /** What the machine's clock is ahead of the daemon's, ms (daemon/clock.ts). */
  readonly clockDifferenceMs: number;
  readonly flows: HealthView['flows'];
  readonly process: HealthView['process'];
}

/** A backlog older than this is a warning, ms. */
const waitingMsMax = 10_000;
const clockDifferenceMsMax = 60_000;
const devicesShownMax = 500;

export function healthView(inputs: HealthInputs): HealthView {
  const { progress } = inputs;
  const done = progress.rated + progress.withoutUse + progress.duplicate + progress.quarantined;
  const waiting = inputs.lastPosition - progress.position;
  const partition: HealthView['partition'] = {
    logged: inputs.lastPosition,
    rated: progress.rated,
    withoutUse: progress.withoutUse,
    duplicate: progress.duplicate,
    quarantined: progress.quarantined,
    waiting,
    difference: inputs.lastPosition - done - waiting,
    oldestWaitingMs: waiting === 0 ? null : inputs.waitingForMs,
  };
  const view: Omit<HealthView, 'verdict' | 'summary'> = {
    asOfMs: inputs.nowMs,
    startedAtMs: inputs.startedAtMs,
    version: inputs.version,
    collectors: inputs.collectors,
    partition,
    money: moneyLaw(progress),
    suspense: {
      waiting: inputs.suspense.waiting,
      released: inputs.suspense.released,
      subjects: inputs.suspenseSubjects.map(({ key, reason, count, also }) => ({
        ...subjectView(key),
        count,
        reason,
        also: also.map((other) => ({ ...subjectView(other.key), count: other.count })),
      })),
    },
    devices: inputs.devices
      .toSorted((a, b) => b.refused - a.refused || a.lastSeenMs - b.lastSeenMs)
      .slice(0, devicesShownMax)
      .map((sight) => ({ ...sight })),
    flows: inputs.flows,
    process: inputs.process,
  };
  return { ...view, ...verdictOn(view, inputs) };
}

/** The first thing that is wrong, worst first, in one sentence. */
function verdictOn(
  view: Omit<HealthView, 'verdict' | 'summary'>,
  inputs: HealthInputs,
): Pick<HealthView, 'verdict' | 'summary'> {
  const critical = (summary: string) => ({ verdict: 'critical' as const, summary });
  const warning = (summary: string) => ({ verdict: 'warning' as const, summary });
  if (!inputs.logWritable) {
    return critical('The usage log cannot be written, so devices get no answers: check the disk of the data folder.');
  }
  const leak = view.collectors.find(({ difference }) => difference !== 0);
  if (leak) return critical(`${leak.collector}: ${leak.difference} received records are unaccounted for.`);
  if (view.partition.difference !== 0) {
    return critical(`${view.partition.difference} logged records are unaccounted for.`);
  }
  const money = view.money.find(({ difference }) => !isZero(difference));
  if (money) return critical(`Bills and posted charges differ by ${money.difference} ${money.currency}.`);
  const flows = view.flows === null ? null : flowTrouble(view.flows);
  if (flows?.critical) return critical(flows.summary);
  if (inputs.raterFaulty) {
    return critical('Rating has stopped and is being tried again: see the log; use is kept and nothing is lost.');
  }
  if ((view.partition.oldestWaitingMs ?? 0) > waitingMsMax) {
    const seconds = Math.round((view.partition.oldestWaitingMs ?? 0) / 1000);
    return warning(`Rating lags ${seconds} s behind the log (${view.partition.waiting} records).`);
  }
  if (view.partition.quarantined > 0) {
    return warning(`${view.partition.quarantined} records could not be rated and are in quarantine.`);
  }
  if (Math.abs(inputs.clockDifferenceMs) > clockDifferenceMsMax) {
    const seconds = Math.round(inputs.clockDifferenceMs / 1000);
    return warning(
      `The machine's clock was set by ${seconds} s; the daemon follows at a tenth of its pace, or at once when it is restarted.`,
    );
  }
  if ((view.process.kernelDrops ?? 0) > 0) {
    return warning(`The kernel has dropped ${view.process.kernelDrops} datagrams: enlarge the receive buffer.`);
  }
  if (flows) return warning(flows.summary);
  if (view.suspense.waiting > 0) {
    return warning(
      `Use waits in suspense, for an account or for its session to name one: records ${view.suspense.waiting}.`,
    );
  }
  return {
    verdict: 'ok',
    summary:
      'All is well: every received record is accounted for, and the sums kept of posted charges and of bills agree.',
  };
}

function subjectView(key: string): { kind: string; value: string; provider?: string } {
  const { kind, value, provider } = subjectOfKey(key);
  return provider === '' ? { kind, value } : { kind, value, provider };
}

function moneyLaw(progress: PartitionProgress): HealthView['money'] {
  const currencies = new Set([...Object.keys(progress.posted), ...Object.keys(progress.onBills)]);
  return [...currencies].sort().map((currency) => {
    const posted = progress.posted[currency] ?? '0';
    const onBills = progress.onBills[currency] ?? '0';
    const negated = onBills.startsWith('-') ? onBills.slice(1) : `-${onBills}`;
    return { currency, posted, onBills, difference: addDecimal(posted, negated) };
  });
}

function isZero(amount: string): boolean {
  return /^-?0*(\.0*)?$/.test(amount);
}
