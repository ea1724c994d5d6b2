/** Of the contract: what staff does to accounts, and the log of it. */

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
