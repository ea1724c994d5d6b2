/** The hot transaction of the embedded store: usage, charges, sessions, account states and position, all or none. */
import type Database from 'better-sqlite3';
import type { Posting } from '../../../rating/index.ts';
import { failpoint } from '../../failpoint.ts';
import { noDetails } from '../../mediation/session.ts';
import type { CommitBatch, StoreWriter } from '../store.ts';
import { chargeTable } from './charge-blocks.ts';
import { ChargeLines } from './charge-lines.ts';
import { columnsOf } from './quantity-columns.ts';
import { usageTable } from './usage-blocks.ts';

export type Committer = Pick<StoreWriter, 'stage' | 'unstage'> & { commit(batch: CommitBatch): void };

/** Prepares the statements once. */
export function prepareCommit(db: Database.Database): Committer {
  const usage = usageTable(db);
  const lines = new ChargeLines(db);
  const charges = chargeTable(db, lines);
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
  const details = db.prepare(
    `INSERT INTO session_detail VALUES (?, ?, ?) ON CONFLICT (session_id) DO UPDATE SET
       login = excluded.login, attributes = excluded.attributes`,
  );
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
  const run = db.transaction((batch: CommitBatch) => {
    usage.write();
    failpoint('inside-store-commit');
    lines.write();
    charges.write();
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
      if (state.details !== noDetails && batch.newDetails?.has(id) !== false) {
        details.run(id, state.details.login, JSON.stringify(state.details.attributes));
      }
      if (known.changes === 1) continue;
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
  const unstage = () => {
    usage.forget();
    charges.forget();
    lines.forget();
  };
  const stage: Committer['stage'] = (usageRows, chargeRows) => {
    usage.add(usageRows);
    charges.add(chargeRows);
  };
  return {
    stage,
    unstage,
    commit(batch) {
      try {
        stage(batch.usage, batch.charges);
        run.immediate(batch);
        lines.committed();
      } finally {
        unstage();
      }
      failpoint('after-store-commit');
    },
  };
}

export function encodePosting(posting: Posting): string {
  return JSON.stringify({ ...posting, baseQuantity: String(posting.baseQuantity) });
}

export function decodePosting(text: string): Posting {
  const posting = JSON.parse(text) as Omit<Posting, 'baseQuantity'> & { baseQuantity: string };
  return { ...posting, baseQuantity: BigInt(posting.baseQuantity) };
}
