/** All roles, and all rights of a provider's API token (DESIGN §7). */
import type { Role, TokenRight } from '../contract.ts';

export const allRoles: readonly Role[] = ['subscriber', 'csr', 'designer', 'operator', 'provider', 'admin'];
/** Those an API token may have: a machine is neither an administrator nor a subscriber. */
export const machineRoles: readonly Role[] = ['csr', 'designer', 'operator', 'provider'];
/** Those a person of staff may sign in with. */
export const staffRoles: readonly Role[] = ['csr', 'designer', 'operator', 'admin'];
export const allRights: readonly TokenRight[] = ['usage', 'charges', 'credits', 'accounts'];
