/**
 * Every statement that runs while people wait. A test asks SQLite for the plan of each and fails on a scan
 * or a
 * sort: what is not a search by a primary key does not belong here.
 */
export const SQL = {
  roomByKey: "SELECT room, name, head, first, messages FROM rooms WHERE room = ?",
  oldestEvent: "SELECT seq FROM events WHERE room = ? ORDER BY seq LIMIT 1",
  newestEvent: "SELECT seq, messages FROM events WHERE room = ? ORDER BY seq DESC LIMIT 1",
  saveRoom: `
    INSERT INTO rooms (room, name, head, first, messages) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (room) DO UPDATE SET head = excluded.head, first = excluded.first, messages = excluded.messages`,

  claimId: "INSERT INTO ids (room, sender, id, seq) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
  seqOfId: "SELECT seq FROM ids WHERE room = ? AND sender = ? AND id = ?",
  addEvent: `
    INSERT INTO events (room, seq, messages, kind, id, at, sender, name, plain, text, sum)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,

  eventsFrom: `
    SELECT seq, messages, kind, id, at, sender, name, plain, text, sum FROM events
    WHERE room = ? AND seq >= ? ORDER BY seq LIMIT ?`,
  eventsBefore: `
    SELECT seq, messages, kind, id, at, sender, name, plain, text, sum FROM events
    WHERE room = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,

  trimEvents: "DELETE FROM events WHERE room = ? AND seq >= ? AND seq < ?",
  nextRooms: "SELECT room, name FROM rooms WHERE room > ? ORDER BY room LIMIT ?",

  joinRoom: "INSERT INTO members (person, room, read) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  roomAt: "SELECT room FROM members WHERE person = ? ORDER BY room LIMIT 1 OFFSET ?",
  leaveRoom: "DELETE FROM members WHERE person = ? AND room = ?",
  markRead: "UPDATE members SET read = max(read, ?) WHERE person = ? AND room = ?",
  readPosition: "SELECT read FROM members WHERE person = ? AND room = ?",
  roomsOf: "SELECT room, read FROM members WHERE person = ? AND room > ? ORDER BY room LIMIT ?",
  messagesAt: "SELECT messages, kind FROM events WHERE room = ? AND seq = ?",

  epoch: "SELECT value FROM meta WHERE key = 'epoch'",
  /** As much as the longest message, and never the same: SQLite does not write a page that has not changed. */
  probe: `
    INSERT INTO meta (key, value) VALUES ('probe', hex(randomblob(4096)))
    ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
} as const;
