/** One step from the version before. Released steps are never edited: a change is a new step. */
export interface Migration {
  /** What `meta` says afterwards. */
  version: number;
  /** The oldest natter, by the version it knows, that can go on working beside this step. */
  oldestReader: number;
  sql: string;
}

/**
 * rooms    `name` to `room`; the row is what an append locks. `messages` counts the messages up to the head, trimmed ones
 *          included. `changed`: the transaction that appended last. Not indexed but by keys that never change, so that
 *          what changes with every append touches no index.
 * changes  the same, in the order of the transactions: which rooms changed lately.
 * events   for ever, for a retry years later is the same event: what retention removes is all but room, seq, sender and
 *          id. `messages` counts the messages in the room up to and including this event: the unread messages between
 *          two positions are one subtraction. `bytes`: of the text, as it was given.
 * members  rooms by name, for one can join a room in which nothing was ever said.
 *
 * Functions carry the version of their arguments in their name: beside a natter that calls append_2 another still calls
 * append_1.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    oldestReader: 1,
    sql: `
      CREATE TABLE natter.rooms (
        room bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text COLLATE "C" NOT NULL UNIQUE,
        head bigint NOT NULL DEFAULT 0,
        first bigint NOT NULL DEFAULT 1,
        messages bigint NOT NULL DEFAULT 0,
        changed xid8 NOT NULL DEFAULT pg_current_xact_id()
      ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

      CREATE TABLE natter.changes (
        changed xid8 NOT NULL,
        room bigint NOT NULL,
        PRIMARY KEY (changed, room)
      ) WITH (autovacuum_vacuum_scale_factor = 0.02);

      CREATE TABLE natter.events (
        room bigint NOT NULL,
        seq bigint NOT NULL,
        messages bigint NOT NULL,
        kind text COLLATE "C" NOT NULL,
        id text COLLATE "C" NOT NULL,
        sender text COLLATE "C" NOT NULL,
        at bigint,
        name text COLLATE "C",
        plain boolean,
        bytes integer,
        text text COLLATE "C",
        PRIMARY KEY (room, seq),
        UNIQUE (room, sender, id)
      );

      CREATE TABLE natter.members (
        person text COLLATE "C" NOT NULL,
        room text COLLATE "C" NOT NULL,
        read bigint NOT NULL,
        PRIMARY KEY (person, room)
      );

      CREATE SEQUENCE natter.numbers AS bigint;

      -- Appends drafts to rooms, each draft to the room that its place names, in their order within it. No
      -- (room, sender, id) comes twice. Every statement sees what was committed before it began: so the rooms are locked by
      -- one statement, and the next one sees all that whoever held them before has stored.
      CREATE FUNCTION natter.append_1(
        room_names text[], places integer[], ids text[], senders text[], ats bigint[], names text[], plains boolean[],
        sizes integer[], texts text[]
      ) RETURNS TABLE (seq bigint, known boolean, trimmed boolean, at bigint, name text, plain boolean, text text)
      LANGUAGE plpgsql AS $$
      #variable_conflict use_column
      BEGIN
        WITH made AS (
          INSERT INTO natter.rooms (name)
          SELECT asked.name FROM unnest(room_names) asked (name)
          WHERE NOT EXISTS (SELECT FROM natter.rooms r WHERE r.name = asked.name)
          ORDER BY asked.name COLLATE "C"
          ON CONFLICT DO NOTHING
          RETURNING changed, room
        )
        INSERT INTO natter.changes (changed, room) SELECT made.changed, made.room FROM made;

        -- In one order everywhere, so that no two wait for each other.
        PERFORM FROM natter.rooms r WHERE r.name = ANY (room_names) ORDER BY r.name FOR NO KEY UPDATE;

        RETURN QUERY
        WITH given AS (
          SELECT d.n, r.room, r.head, r.first, r.messages, r.changed,
            d.id, d.sender, d.at, d.name, d.plain, d.size, d.text,
            e.seq AS known, e.at AS known_at, e.name AS known_name, e.plain AS known_plain, e.text AS known_text,
            row_number() OVER (PARTITION BY r.room, e.seq IS NULL ORDER BY d.n) AS nth
          FROM unnest(places, ids, senders, ats, names, plains, sizes, texts)
            WITH ORDINALITY d (place, id, sender, at, name, plain, size, text, n)
          JOIN natter.rooms r ON r.name = room_names[d.place]
          -- The limit keeps the planner from reading the whole room instead, which is quicker while there is nothing in it.
          LEFT JOIN LATERAL (
            SELECT * FROM natter.events old
            WHERE old.room = r.room AND old.sender = d.sender AND old.id = d.id LIMIT 1
          ) e ON true
        ), grown AS (
          SELECT g.room, g.changed, count(*) AS count FROM given g WHERE g.known IS NULL GROUP BY g.room, g.changed
        ), stored AS (
          INSERT INTO natter.events (room, seq, messages, kind, id, sender, at, name, plain, bytes, text)
          SELECT g.room, g.head + g.nth, g.messages + g.nth, 'message', g.id, g.sender, g.at, g.name, g.plain, g.size, g.text
          FROM given g WHERE g.known IS NULL
        ), counted AS (
          UPDATE natter.rooms r
          SET head = r.head + g.count, messages = r.messages + g.count, changed = pg_current_xact_id()
          FROM grown g WHERE r.room = g.room
        ), noted AS (
          UPDATE natter.changes c SET changed = pg_current_xact_id()
          FROM grown g WHERE c.changed = g.changed AND c.room = g.room
        )
        SELECT coalesce(g.known, g.head + g.nth), g.known IS NOT NULL, g.known < g.first,
          g.known_at, g.known_name, g.known_plain, g.known_text
        FROM given g ORDER BY g.n;
      END $$;

      -- No row where the list is full. Two nodes at once must not both take the last place.
      CREATE FUNCTION natter.join_1(of_person text, to_room text, most bigint)
      RETURNS TABLE (read bigint, unread bigint) LANGUAGE plpgsql AS $$
      #variable_conflict use_column
      BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended('natter member ' || of_person, 0));
        IF NOT EXISTS (SELECT FROM natter.members m WHERE m.person = of_person AND m.room = to_room) THEN
          IF (SELECT count(*) FROM (SELECT FROM natter.members m WHERE m.person = of_person LIMIT most) taken) >= most THEN
            RETURN;
          END IF;
          INSERT INTO natter.members (person, room, read)
          VALUES (of_person, to_room, coalesce((SELECT r.head FROM natter.rooms r WHERE r.name = to_room), 0));
        END IF;
        RETURN QUERY
        SELECT m.read, coalesce(r.messages, 0) - coalesce((
          SELECT e.messages FROM natter.events e WHERE e.room = r.room AND e.seq = greatest(m.read, r.first - 1)), 0)
        FROM natter.members m LEFT JOIN natter.rooms r ON r.name = m.room
        WHERE m.person = of_person AND m.room = to_room;
      END $$;

      -- One step: at most so many events of one room, the first that has any to remove behind the room after_room, of which
      -- 200 are looked at. next_room: what the next step begins behind; null when every room has been seen.
      CREATE FUNCTION natter.trim_1(
        after_room bigint, keep bigint, young_from bigint, most integer, OUT removed bigint, OUT next_room bigint
      ) LANGUAGE plpgsql AS $$
      DECLARE
        looked_at bigint;
        found bigint;
        low bigint;
        high bigint;
      BEGIN
        removed := 0;
        SELECT count(*), max(next.room), min(next.room) FILTER (WHERE next.head - next.first + 1 > keep OR EXISTS (
          SELECT FROM natter.events e WHERE e.room = next.room AND e.seq = next.first AND e.at < young_from))
        INTO looked_at, next_room, found
        FROM (SELECT * FROM natter.rooms r WHERE r.room > after_room ORDER BY r.room LIMIT 200) next;
        IF found IS NULL THEN
          IF looked_at < 200 THEN
            next_room := NULL;
          END IF;
          RETURN;
        END IF;

        SELECT r.first, greatest(r.first, r.head - keep + 1, (
          -- The first that is young enough, or the one behind all that this step looks at.
          SELECT coalesce(min(e.seq) FILTER (WHERE e.at >= young_from), max(e.seq) + 1)
          FROM (SELECT * FROM natter.events old WHERE old.room = r.room AND old.seq >= r.first ORDER BY old.seq LIMIT most) e
          WHERE young_from IS NOT NULL))
        INTO low, high
        FROM natter.rooms r WHERE r.room = found FOR NO KEY UPDATE;
        high := least(high, low + most);
        removed := high - low;
        UPDATE natter.events SET at = NULL, name = NULL, plain = NULL, bytes = NULL, text = NULL
        WHERE room = found AND seq >= low AND seq < high;
        UPDATE natter.rooms SET first = high WHERE room = found AND high > low;
        next_room := CASE WHEN removed < most THEN found ELSE found - 1 END;
      END $$;
    `,
  },
];
