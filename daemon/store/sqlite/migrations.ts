/** The embedded store's tables, step by step; a step that was released is never changed, a new one is added. */
import type Database from 'better-sqlite3';
import { folded } from '../folded.ts';

const steps: readonly (string | ((db: Database.Database) => void))[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE account (no INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    currency TEXT NOT NULL, timezone TEXT NOT NULL, cycle_day INTEGER NOT NULL, prepaid INTEGER NOT NULL,
    credit_limit TEXT, created_ms INTEGER NOT NULL);
  CREATE TABLE identity (id INTEGER PRIMARY KEY AUTOINCREMENT, account_no INTEGER NOT NULL REFERENCES account (no),
    kind TEXT NOT NULL, value TEXT NOT NULL, provider TEXT NOT NULL, valid_from_ms INTEGER, valid_until_ms INTEGER);
  CREATE INDEX identity_subject ON identity (value, kind, provider);
  CREATE INDEX identity_account ON identity (account_no);
  CREATE TABLE plan_version (plan_id TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL,
    currency TEXT NOT NULL, xml TEXT NOT NULL, valid_from_ms INTEGER, created_ms INTEGER NOT NULL,
    PRIMARY KEY (plan_id, version)) WITHOUT ROWID;
  CREATE TABLE assignment (id INTEGER PRIMARY KEY AUTOINCREMENT, account_no INTEGER NOT NULL REFERENCES account (no),
    plan_id TEXT NOT NULL, valid_from_ms INTEGER);
  CREATE INDEX assignment_account ON assignment (account_no);
  CREATE TABLE user (login TEXT PRIMARY KEY, password_hash TEXT NOT NULL, role TEXT NOT NULL, account_id TEXT)
    WITHOUT ROWID;
  CREATE TABLE web_session (token_hash TEXT PRIMARY KEY, login TEXT NOT NULL, expires_ms INTEGER NOT NULL)
    WITHOUT ROWID;
  CREATE TABLE payment (id INTEGER PRIMARY KEY AUTOINCREMENT, account_no INTEGER NOT NULL REFERENCES account (no),
    amount TEXT NOT NULL, note TEXT NOT NULL, at_ms INTEGER NOT NULL);
  CREATE INDEX payment_account ON payment (account_no);

  -- What follows is written by the rating thread, in order of arrival. Usage and charges carry no secondary index:
  -- two of them cut the commits per second from 80,000 to 31,000. An account's rows are a chain by "previous".
  CREATE TABLE partition_progress (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL,
    progress TEXT NOT NULL);
  CREATE TABLE account_progress (account_no INTEGER PRIMARY KEY, state TEXT, seq INTEGER NOT NULL,
    last_charge_id INTEGER NOT NULL, last_usage_position INTEGER NOT NULL);
  CREATE TABLE session (id INTEGER PRIMARY KEY, key TEXT NOT NULL, device TEXT NOT NULL, session TEXT NOT NULL,
    account_no INTEGER NOT NULL, start_ms INTEGER NOT NULL, last_event_ms INTEGER NOT NULL, open INTEGER NOT NULL,
    device_restart_ms INTEGER, counters TEXT NOT NULL, incarnation INTEGER NOT NULL);
  CREATE INDEX session_key ON session (key);
  CREATE INDEX session_open_device ON session (device) WHERE open = 1;
  CREATE INDEX session_open_account ON session (account_no) WHERE open = 1;
  CREATE TABLE usage (position INTEGER PRIMARY KEY, previous INTEGER NOT NULL, account_no INTEGER NOT NULL,
    session_id INTEGER NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, seconds INTEGER,
    octets_in INTEGER, octets_out INTEGER, other TEXT);
  CREATE TABLE charge_line (no INTEGER PRIMARY KEY, plan_id TEXT NOT NULL, version INTEGER NOT NULL,
    primitive TEXT NOT NULL, label TEXT NOT NULL, unit TEXT NOT NULL, kind TEXT NOT NULL,
    UNIQUE (plan_id, version, primitive, label, unit, kind));
  CREATE TABLE charge (id INTEGER PRIMARY KEY, previous INTEGER NOT NULL, account_no INTEGER NOT NULL,
    seq INTEGER NOT NULL, position INTEGER NOT NULL, from_usage INTEGER NOT NULL, line_no INTEGER NOT NULL,
    period_from_ms INTEGER NOT NULL, period_to_ms INTEGER NOT NULL, amount TEXT NOT NULL,
    base_quantity INTEGER NOT NULL, at_ms INTEGER NOT NULL);
  CREATE TABLE quarantine (position INTEGER PRIMARY KEY, account_no INTEGER NOT NULL, reason TEXT NOT NULL,
    detail TEXT NOT NULL, entry TEXT NOT NULL);
  `,
  `
  -- Use that came as an event has no session to read its device from, but attributes of its own: a JSON object.
  ALTER TABLE usage ADD COLUMN event TEXT;
  -- Only of charges for use whose vendor, attribution or further description is known.
  CREATE TABLE charge_detail (charge_id INTEGER PRIMARY KEY, additional TEXT NOT NULL, vendor TEXT NOT NULL,
    attribution TEXT NOT NULL);
  -- What an account's charges of a period came to by vendor and by attribution: a JSON object, null without either.
  ALTER TABLE account_progress ADD COLUMN shares TEXT;
  `,
  `
  CREATE TABLE api_token (no INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, token_hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL, role TEXT NOT NULL, provider TEXT, rights TEXT NOT NULL, created_ms INTEGER NOT NULL,
    revoked_ms INTEGER);
  `,
  `
  CREATE TABLE outgoing_posting (position INTEGER NOT NULL, n INTEGER NOT NULL, account TEXT NOT NULL,
    posting TEXT NOT NULL, PRIMARY KEY (position, n)) WITHOUT ROWID;
  `,
  `
  CREATE TABLE rating_table (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, name TEXT NOT NULL, from_day TEXT,
    text TEXT NOT NULL, created_ms INTEGER NOT NULL);
  CREATE TABLE account_place (account_no INTEGER NOT NULL REFERENCES account (no), from_ms INTEGER NOT NULL,
    place TEXT NOT NULL, PRIMARY KEY (account_no, from_ms)) WITHOUT ROWID;
  CREATE TABLE account_exemption (id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_no INTEGER NOT NULL REFERENCES account (no), tax TEXT NOT NULL, from_ms INTEGER, to_ms INTEGER);
  CREATE INDEX account_exemption_account ON account_exemption (account_no);
  `,
  `
  -- Most counters fit these; "counters" keeps what does not: other meters, 2^63 and beyond, and rows of before.
  ALTER TABLE session ADD COLUMN seconds INTEGER;
  ALTER TABLE session ADD COLUMN octets_in INTEGER;
  ALTER TABLE session ADD COLUMN octets_out INTEGER;
  `,
  `
  -- Null in rows that were written before: what was heard last is the last event.
  ALTER TABLE session ADD COLUMN last_heard_ms INTEGER;
  ALTER TABLE session ADD COLUMN closed_by TEXT;
  -- Apart from the session, whose row each report rewrites: these hardly change.
  CREATE TABLE session_detail (session_id INTEGER PRIMARY KEY, login TEXT NOT NULL, attributes TEXT NOT NULL);
  -- One entry for a session's whole life; that of open sessions has an index of its own, which stays small.
  CREATE INDEX session_account ON session (account_no);
  `,
  `
  -- Every change that someone asked for: written before it is done, completed with its outcome.
  CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, login TEXT NOT NULL,
    address TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, asked TEXT, status INTEGER, before TEXT,
    after TEXT);
  CREATE INDEX audit_subject ON audit (subject, id);
  `,
  // Usage and charges go many to a row (row-block.ts).
  (db) => {
    for (const table of ['usage', 'charge']) {
      if (db.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined) continue;
      throw new Error('the store holds usage in a form that was never released: begin with a new data folder');
    }
    db.exec(`
      DROP TABLE usage;
      DROP TABLE charge;
      DROP TABLE charge_detail;
      CREATE TABLE usage_block (last_position INTEGER PRIMARY KEY, rows BLOB NOT NULL);
      CREATE TABLE charge_block (last_id INTEGER PRIMARY KEY, rows BLOB NOT NULL);
    `);
  },
  '-- Account states are octets from here on (rating/state-codec.ts), which a meterd of before must not read.',
  `
  -- What staff wants charges to be; each is posted through outgoing_posting, under the negative of its id.
  CREATE TABLE correction (id INTEGER PRIMARY KEY AUTOINCREMENT, account_no INTEGER NOT NULL REFERENCES account (no),
    key TEXT NOT NULL, charge_seq INTEGER NOT NULL, reason TEXT NOT NULL, right_amount TEXT NOT NULL,
    amount TEXT NOT NULL, at_ms INTEGER NOT NULL, UNIQUE (account_no, key));
  `,
  'ALTER TABLE user ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;',
  `
  ALTER TABLE payment ADD COLUMN key TEXT;
  CREATE UNIQUE INDEX payment_key ON payment (account_no, key) WHERE key IS NOT NULL;
  `,
  // Names and identities as they are looked for.
  (db) => {
    db.exec(`
      ALTER TABLE account ADD COLUMN name_folded TEXT NOT NULL DEFAULT '';
      ALTER TABLE identity ADD COLUMN value_folded TEXT NOT NULL DEFAULT '';
    `);
    db.function('folded', { deterministic: true }, (text) => folded(String(text)));
    db.exec(`
      UPDATE account SET name_folded = folded(name);
      UPDATE identity SET value_folded = folded(value);
      CREATE INDEX identity_folded ON identity (value_folded);
    `);
  },
];

/** Brings a store to the newest schema. Throws where the file was written by a newer meterd, or by one too old. */
export function migrate(db: Database.Database): void {
  const version = db.pragma('user_version', { simple: true }) as number;
  if (version > steps.length) {
    throw new Error(`the store has schema ${version}, this meterd knows ${steps.length}: use the newer meterd`);
  }
  for (let step = version; step < steps.length; step++) {
    db.transaction(() => {
      const change = steps[step]!;
      if (typeof change === 'string') db.exec(change);
      else change(db);
      db.pragma(`user_version = ${step + 1}`);
    }).immediate();
  }
}
