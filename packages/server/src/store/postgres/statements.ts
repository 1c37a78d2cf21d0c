import { MAX_READ_BYTES } from "../store.ts";

/** What is sent to PostgreSQL; with a name it is parsed once a connection. */
export interface Statement {
  name?: string;
  text: string;
  /** How long the session waits for the answer, in ms, before it gives the connection up. */
  timeoutMs?: number;
}

export interface Introduction {
  pid: number;
  started: string;
  version: number;
  system: string;
  timeline: string;
  encoding: string;
  fsync: string;
  isStandby: boolean;
  isReadOnly: boolean;
}

/**
 * Settings of each session, whatever those of the server, the database and the role are.
 *
 * Plans are made once and only search by indexes: one made while a table was empty would read all of it for ever after.
 * The timeouts bound for how long a room is held by a transaction that is stuck.
 */
const SETTINGS: Record<string, string> = {
  search_path: "pg_catalog",
  default_transaction_isolation: "read committed",
  statement_timeout: "4s",
  lock_timeout: "1s",
  idle_in_transaction_session_timeout: "4s",
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  jit: "off",
  // Starting two workers takes 8 ms, a hundred times what the question that each node asks each second takes.
  max_parallel_workers_per_gather: "0",
};

/** Changes where a standby takes over. */
const TIMELINE = "left(pg_walfile_name(pg_current_wal_lsn()), 8)";
const MARK = `${TIMELINE} || ' ' || pg_current_snapshot()::text`;

/** The first thing each session says: how it is to be treated, and who are you. */
export const INTRODUCTION: Statement = {
  text: `
    SELECT pid, extract(epoch FROM backend_start)::text AS started,
      current_setting('server_version_num')::int AS version,
      (SELECT system_identifier::text FROM pg_control_system()) AS system,
      CASE WHEN pg_is_in_recovery() THEN '' ELSE ${TIMELINE} END AS timeline,
      current_setting('server_encoding') AS encoding,
      current_setting('fsync') AS fsync,
      pg_is_in_recovery() AS "isStandby",
      current_setting('transaction_read_only') = 'on' AS "isReadOnly",
      -- remote_apply waits for more than "on" does, and whoever chose it shall have it.
      set_config('synchronous_commit',
        CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false),
      ${Object.entries(SETTINGS)
        .map(([name, value]) => `set_config('${name}', '${value}', false)`)
        .join(", ")}
    FROM pg_stat_get_activity(pg_backend_pid())`,
};

/** What a page gives of each event, from the table `e`. */
const EVENT = `e.seq, e.id, e.at, e.sender, e.name, e.plain, e.text`;

/** Kept messages after `read` in the room `r`: one look-up and one subtraction, however many there are. */
const UNREAD = `
  coalesce(r.messages, 0) - coalesce((
    SELECT before.messages FROM natter.events before
    WHERE before.room = r.room AND before.seq = greatest(m.read, r.first - 1)), 0) AS unread`;

/** $1 room, $2 bound, $3 limit. A page ends before the event with which it would be too large, but has one at least. */
function page(order: "ASC" | "DESC", where: string): string {
  return `
    SELECT r.head, r.first, ${EVENT}
    FROM natter.rooms r LEFT JOIN LATERAL (
      SELECT *, sum(bytes) OVER (ORDER BY seq ${order}) AS total, row_number() OVER (ORDER BY seq ${order}) AS nth
      FROM (
        SELECT * FROM natter.events WHERE room = r.room AND seq >= r.first AND ${where}
        ORDER BY seq ${order} LIMIT $3
      ) next
    ) e ON e.total <= ${MAX_READ_BYTES} OR e.nth = 1
    WHERE r.name = $1 ORDER BY e.seq`;
}

/**
 * Every statement that runs while people wait. A test asks PostgreSQL for the plan of each and fails on one that reads a
 * whole table.
 */
export const SQL = {
  append: {
    name: "append",
    text: "SELECT * FROM natter.append_1($1, $2, $3, $4, $5, $6, $7, $8, $9)",
  },
  find: {
    name: "find",
    text: `
      SELECT ${EVENT}, e.seq < r.first AS trimmed
      FROM natter.rooms r JOIN natter.events e ON e.room = r.room
      WHERE r.name = $1 AND e.sender = $2 AND e.id = ANY ($3)`,
  },
  head: { name: "head", text: "SELECT head, first FROM natter.rooms WHERE name = $1" },
  heads: {
    name: "heads",
    text: `
      SELECT r.name, r.head,
        coalesce((SELECT e.id FROM natter.events e WHERE e.room = r.room AND e.seq = r.head), '') AS last
      FROM natter.rooms r WHERE r.name = ANY ($1)`,
  },
  readAfter: { name: "read_after", text: page("ASC", "seq > $2") },
  readBefore: { name: "read_before", text: page("DESC", "seq < $2") },
  join: {
    name: "join",
    // What stands beside the function's answer is of the moment before it.
    text: `
      SELECT j.read, j.unread, greatest(r.head, j.read) AS head, coalesce(r.first, 1) AS first, m.person IS NULL AS "isNew"
      FROM natter.join_1($1, $2, $3) j
      LEFT JOIN natter.rooms r ON r.name = $2
      LEFT JOIN natter.members m ON m.person = $1 AND m.room = $2`,
  },
  leave: { name: "leave", text: "DELETE FROM natter.members WHERE person = $1 AND room = $2" },
  mark: {
    name: "mark",
    text: `
      WITH m AS (
        UPDATE natter.members SET read = greatest(read, least($3::bigint, coalesce(
          (SELECT head FROM natter.rooms WHERE name = $2), 0)))
        WHERE person = $1 AND room = $2 RETURNING room, read
      )
      SELECT m.read, ${UNREAD} FROM m LEFT JOIN natter.rooms r ON r.name = m.room`,
  },
  rooms: {
    name: "rooms",
    text: `
      SELECT m.room, coalesce(r.head, 0) AS head, m.read, ${UNREAD}
      FROM natter.members m LEFT JOIN natter.rooms r ON r.name = m.room
      WHERE m.person = $1 AND m.room > $2 ORDER BY m.room LIMIT $3`,
  },
  number: { name: "number", text: "SELECT nextval('natter.numbers') AS number" },
  snapshot: { name: "snapshot", text: `SELECT ${MARK} AS mark` },
  /** In a dump that was restored elsewhere stand transactions that are yet to come there: they tell nothing. */
  changes: {
    name: "changes",
    text: `
      SELECT ${MARK} AS mark, r.name AS room, r.head
      FROM (SELECT) one LEFT JOIN (
        SELECT r.name, r.head FROM natter.changes c JOIN natter.rooms r ON r.room = c.room
        WHERE c.changed >= pg_snapshot_xmin($1::pg_snapshot) AND c.changed < pg_snapshot_xmax(pg_current_snapshot())
          AND NOT pg_visible_in_snapshot(c.changed, $1::pg_snapshot)
        LIMIT $2
      ) r ON true`,
  },
  trim: { name: "trim", text: "SELECT removed, next_room AS next FROM natter.trim_1($1, $2, $3, $4)" },
  /** Whether it is this node's turn: of several nodes one applies the retention. */
  claimTrim: {
    name: "claim_trim",
    text: `
      UPDATE natter.meta SET value = extract(epoch FROM clock_timestamp())::text
      WHERE key = 'trimmed' AND value::numeric <= extract(epoch FROM clock_timestamp()) - $1::numeric / 1000
      RETURNING key`,
  },
  /** As much as the longest message, and never the same. */
  probe: {
    name: "probe",
    text: `
      UPDATE natter.meta SET value = (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 256))
      WHERE key = 'probe'`,
  },
  epoch: { name: "epoch", text: "SELECT value FROM natter.meta WHERE key = 'epoch'" },
  /** One row while the backend is still there, which is told to end. */
  endBackend: {
    name: "end_backend",
    text: `
      SELECT pg_terminate_backend(pid) FROM pg_stat_get_activity($1)
      WHERE extract(epoch FROM backend_start)::text = $2`,
  },
} as const satisfies Record<string, Statement>;
