/** The hot transaction of the embedded store: usage, charges, sessions, account states and position, all or none. */
import type Database from 'better-sqlite3';
import type { Posting } from '../../../rating/index.ts';
import { failpoint } from '../../failpoint.ts';
import { noDetails, type SessionDetails } from '../../mediation/session.ts';
import type { ChargeLine, CommitBatch, UsageRow } from '../store.ts';
import { columnsOf } from './quantity-columns.ts';

/** Lines of priced use are named by their vendors, so there may be any number. */
const rememberedLinesMax = 20_000;

/** Prepares the statements once and returns the function that commits a batch. */
export function prepareCommit(db: Database.Database): (batch: CommitBatch) => void {
  const usage = db.prepare('INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const charge = db.prepare('INSERT INTO charge VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const detail = db.prepare('INSERT INTO charge_detail VALUES (?, ?, ?, ?)');
  // Most reports leave a session as open as it was; naming "open" would write two indexes again.
  const sessionGoesOn = db.prepare(
    `UPDATE session SET start_ms = ?, last_event_ms = ?, device_restart_ms = ?, seconds = ?, octets_in = ?,
       octets_out = ?, counters = ?, last_heard_ms = ?, closed_by = ? WHERE id = ? AND open = ?`,
  );
  const session = db.prepare(
    `INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
       start_ms = excluded.start_ms, last_event_ms = excluded.last_event_ms, open = excluded.open,
       device_restart_ms = excluded.device_restart_ms, counters = excluded.counters, seconds = excluded.seconds,
       octets_in = excluded.octets_in, octets_out = excluded.octets_out, last_heard_ms = excluded.last_heard_ms,
       closed_by = excluded.closed_by`,
  );
  const details = sessionDetails(db);
  const account = db.prepare(
    `INSERT INTO account_progress VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account_no) DO UPDATE SET
       state = excluded.state, seq = excluded.seq, last_charge_id = excluded.last_charge_id,
       last_usage_position = excluded.last_usage_position, shares = excluded.shares`,
  );
  const outgoing = db.prepare('INSERT INTO outgoing_posting VALUES (?, ?, ?, ?)');
  const quarantine = db.prepare('INSERT INTO quarantine VALUES (?, ?, ?, ?, ?)');
  const progress = db.prepare(
    `INSERT INTO partition_progress VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE SET
       position = excluded.position, progress = excluded.progress`,
  );
  const lineNo = lineNumbers(db);
  const run = db.transaction((batch: CommitBatch) => {
    for (const row of batch.usage) {
      const { seconds, octetsIn, octetsOut, others } = columnsOf(row.readings);
      usage.run(
        row.position,
        row.previous,
        row.account,
        row.sessionId,
        row.startMs,
        row.endMs,
        seconds,
        octetsIn,
        octetsOut,
        others,
        eventOf(row),
      );
    }
    failpoint('inside-store-commit');
    for (const row of batch.charges) {
      charge.run(
        row.id,
        row.previous,
        row.account,
        row.seq,
        row.position,
        row.fromUsage ? 1 : 0,
        lineNo(row.line),
        row.periodFromMs,
        row.periodToMs,
        row.amount,
        row.baseQuantity,
        row.atMs,
      );
      if (row.detail) detail.run(row.id, row.detail.additional, row.detail.vendor, row.detail.attribution);
    }
    for (const { id, state } of batch.sessions) {
      const { startMs, lastEventMs, deviceRestartMs } = state;
      const open = state.open ? 1 : 0;
      const { seconds, octetsIn, octetsOut, others } = columnsOf(state.counters);
      const counters = others ?? '{}';
      const known = sessionGoesOn.run(
        startMs,
        lastEventMs,
        deviceRestartMs,
        seconds,
        octetsIn,
        octetsOut,
        counters,
        state.lastHeardMs,
        state.closedBy,
        id,
        open,
      );
      if (known.changes === 1) {
        details.write(id, state.details);
        continue;
      }
      session.run(
        id,
        state.key,
        state.device,
        state.session,
        state.account,
        startMs,
        lastEventMs,
        open,
        deviceRestartMs,
        counters,
        state.incarnation,
        seconds,
        octetsIn,
        octetsOut,
        state.lastHeardMs,
        state.closedBy,
      );
      details.write(id, state.details);
    }
    for (const row of batch.accounts) {
      account.run(row.account, row.state, row.seq, row.lastChargeId, row.lastUsagePosition, row.shares);
    }
    for (const row of batch.quarantined) {
      quarantine.run(row.position, row.account, row.reason, row.detail, row.entry);
    }
    for (const row of batch.outgoing) outgoing.run(row.position, row.n, row.account, encodePosting(row.posting));
    progress.run(batch.progress.position, JSON.stringify(batch.progress));
  });
  return (batch) => {
    run.immediate(batch);
    details.committed(batch.sessions);
    failpoint('after-store-commit');
  };
}

function encodePosting(posting: Posting): string {
  return JSON.stringify({ ...posting, baseQuantity: String(posting.baseQuantity) });
}

export function decodePosting(text: string): Posting {
  const posting = JSON.parse(text) as Omit<Posting, 'baseQuantity'> & { baseQuantity: string };
  return { ...posting, baseQuantity: BigInt(posting.baseQuantity) };
}

/**
 * Writes a session's details where they are not those that were written last: the same object is never written twice for
 * a session, once its transaction was committed.
 */
function sessionDetails(db: Database.Database) {
  const statement = db.prepare(
    `INSERT INTO session_detail VALUES (?, ?, ?) ON CONFLICT (session_id) DO UPDATE SET
       login = excluded.login, attributes = excluded.attributes`,
  );
  const written = new WeakMap<SessionDetails, number>();
  return {
    write: (id: number, details: SessionDetails) => {
      if (details === noDetails || written.get(details) === id) return;
      statement.run(id, details.login, JSON.stringify(details.attributes));
    },
    committed: (rows: CommitBatch['sessions']) => {
      for (const { id, state } of rows) written.set(state.details, id);
    },
  };
}

function eventOf({ sessionId, device, session, attributes }: UsageRow): string | null {
  return sessionId === 0 ? JSON.stringify({ device, session, attributes }) : null;
}

/** Numbers of bill lines: read from the table, or added to it inside the caller's transaction. */
function lineNumbers(db: Database.Database): (line: ChargeLine) => number {
  const known = new Map<string, number>();
  const insert = db.prepare(
    'INSERT OR IGNORE INTO charge_line (plan_id, version, primitive, label, unit, kind) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const find = db.prepare<(string | number)[], { no: number }>(
    `SELECT no FROM charge_line
     WHERE plan_id = ? AND version = ? AND primitive = ? AND label = ? AND unit = ? AND kind = ?`,
  );
  return (line) => {
    const values = [line.planId, line.version, line.primitive, line.label, line.unit, line.kind];
    const key = values.join('\n');
    let no = known.get(key);
    // Only numbers that were found are remembered: one added by a transaction that fails does not exist.
    if (no === undefined) {
      no = find.get(...values)?.no;
      if (known.size >= rememberedLinesMax) known.clear();
      if (no !== undefined) known.set(key, no);
      else no = Number(insert.run(...values).lastInsertRowid);
    }
    return no;
  };
}
