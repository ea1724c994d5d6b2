/** All roles (DESIGN §7). */
import type { Role } from '../contract.ts';

export const allRoles: readonly Role[] = ['subscriber', 'csr', 'designer', 'operator', 'provider', 'admin'];
