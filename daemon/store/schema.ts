/** The store's tables as the query builder sees them (DESIGN §9). Times are UTC epoch ms, flags 0 or 1. */
import type { Generated } from 'kysely';

export interface StoreSchema {
  meta: { key: string; value: string };
  account: {
    no: Generated<number>;
    id: string;
    name: string;
    /** As it is looked for (folded.ts). */
    name_folded: string;
    currency: string;
    timezone: string;
    cycle_day: number;
    prepaid: number;
    credit_limit: string | null;
    created_ms: number;
  };
  identity: {
    id: Generated<number>;
    account_no: number;
    kind: string;
    value: string;
    value_folded: string;
    provider: string;
    valid_from_ms: number | null;
    valid_until_ms: number | null;
  };
  plan_version: {
    plan_id: string;
    version: number;
    name: string;
    currency: string;
    xml: string;
    valid_from_ms: number | null;
    created_ms: number;
  };
  assignment: { id: Generated<number>; account_no: number; plan_id: string; valid_from_ms: number | null };
  user: {
    login: string;
    password_hash: string;
    role: string;
    account_id: string | null;
    disabled: Generated<number>;
  };
  web_session: { token_hash: string; login: string; expires_ms: number };
  /** `rights` are separated by spaces, as OAuth writes scopes (RFC 6749 §3.3). */
  api_token: {
    no: Generated<number>;
    id: string;
    token_hash: string;
    name: string;
    role: string;
    provider: string | null;
    rights: string;
    created_ms: number;
    revoked_ms: number | null;
  };
  audit: {
    id: Generated<number>;
    at_ms: number;
    login: string;
    address: string;
    action: string;
    subject: string;
    asked: string | null;
    status: number | null;
    before: string | null;
    after: string | null;
  };
  payment: {
    id: Generated<number>;
    account_no: number;
    amount: string;
    note: string;
    at_ms: number;
    key: string | null;
  };
  correction: {
    id: Generated<number>;
    account_no: number;
    key: string;
    charge_seq: number;
    reason: string;
    right_amount: string;
    amount: string;
    at_ms: number;
  };
  outgoing_posting: { position: number; n: number; account: string; posting: string };
  rating_table: {
    id: Generated<number>;
    kind: string;
    name: string;
    from_day: string | null;
    text: string;
    created_ms: number;
  };
  /** Written by the hot transaction (sqlite/commit.ts); here for what is looked up by others. */
  account_progress: { account_no: number };
  account_place: { account_no: number; from_ms: number; place: string };
  account_exemption: {
    id: Generated<number>;
    account_no: number;
    tax: string;
    from_ms: number | null;
    to_ms: number | null;
  };
}
