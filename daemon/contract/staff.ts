/** Of the contract: what staff does to accounts, the log of it, and who staff is. */
import type { Role } from '../contract.ts';

/** `POST /api/accounts/{id}/corrections` `{charge, key, reason, rightAmount?}`: `amount` is what will be posted. */
export interface CorrectionView {
  readonly charge: number;
  readonly amount: string;
  readonly reason: string;
  readonly key: string;
}

/** `POST /api/accounts/{id}/password`: the only time that `password` is shown. */
export interface ResetPassword {
  readonly login: string;
  readonly password: string;
}

/** `GET /api/users`: who of staff signs in. */
export interface StaffUserView {
  readonly login: string;
  readonly role: Role;
  readonly disabled: boolean;
}

/** `POST /api/users` and `POST /api/users/{id}/password`: the only time that `password` is shown. */
export interface StaffSignIn {
  readonly login: string;
  /** Null where it was given. */
  readonly password: string | null;
}

/** `GET /api/accounts/{id}/monitors`: what a UseMonitor of its plan has seen in the last of its periods that was used. */
export interface MonitorView {
  readonly plan: string;
  readonly primitive: string;
  readonly label: string;
  readonly used: string;
  readonly limit: string;
  readonly unit: string;
  readonly beyond: boolean;
}

/** `GET /api/audit`: a change that someone asked for. Times are real ones. */
export interface AuditView {
  readonly id: number;
  readonly at: string;
  readonly login: string;
  readonly address: string;
  readonly action: string;
  readonly subject: string;
  /** HTTP status of the answer; null where it was never given. */
  readonly status: number | null;
  readonly asked: unknown;
  readonly before: unknown;
  readonly after: unknown;
}
