/** Of what waits, the records that a list of subjects leaves out: the daemon tells those with most. */
import type { HealthView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { formatCount } from '../quantity.ts';

export function UnlistedRecords({ of: { waiting, subjects } }: { readonly of: HealthView['suspense'] }) {
  const unlisted = waiting - subjects.reduce((sum, { count }) => sum + count, 0);
  return unlisted > 0 ? <p className="muted">{en.manage.waitingUnlisted(formatCount(unlisted), unlisted)}</p> : null;
}
