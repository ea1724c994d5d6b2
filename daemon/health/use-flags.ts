/**
 * Tells of use beyond what plans allow (REQUIREMENTS P63), once it is committed: the daemon's log, a metric, and whoever
 * watches the account. A crash in between costs the telling; the store has the flag.
 */
import type { Logger } from 'pino';
import type { LiveMessage } from '../contract.ts';
import type { LiveText } from '../live/hub.ts';
import type { UseFlagRow } from '../store/store.ts';

/** A line of the log names so many; many accounts may be flagged at once when a day's use is caught up with. */
const namedMax = 10;

export class UseFlags {
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #publish: (messages: readonly LiveText[]) => void;
  /** Since the start. */
  told = 0;

  constructor(logger: Pick<Logger, 'warn'>, publish: (messages: readonly LiveText[]) => void) {
    this.#logger = logger;
    this.#publish = publish;
  }

  tell(flags: readonly UseFlagRow[]): void {
    this.told += flags.length;
    const named = flags.slice(0, namedMax).map((flag) => ({ account: flag.account, text: textOf(flag) }));
    this.#logger.warn({ flags: named, count: flags.length }, 'use went beyond what the plan allows');
    this.#publish(flags.map(noticeOf));
  }
}

function noticeOf(flag: UseFlagRow): LiveText {
  const notice: LiveMessage = { type: 'notice', level: 'warning', code: 'use-beyond-plan', text: textOf(flag) };
  return { account: flag.account, type: notice.type, text: JSON.stringify(notice) };
}

function textOf({ label, used, limit, unit }: UseFlagRow): string {
  return `${label}: ${used} ${unit} used, ${limit} allowed.`;
}
