// A server reduced to its store, for the tests that kill one:
//
//   node crash-child.ts <data folder> <writers> <drafts a call> <prefix of the ids>
//
// Appends in a loop until it is killed and writes "room seq id" for each event that was acknowledged.

import { writeSync } from "node:fs";
import { draft } from "../contract.ts";
import { openSqliteStore } from "./open.ts";

const [dataDir = "", writers = "1", batch = "1", prefix = ""] = process.argv.slice(2);
const store = await openSqliteStore({ dataDir });

async function appendForEver(writer: number): Promise<void> {
  const sender = `writer-${writer}`;
  for (let i = 0; ; i++) {
    const room = `room-${(writer + i) % 5}`;
    const ids = Array.from({ length: Number(batch) }, (_, k) => `${prefix}-${writer}-${i}-${k}`);
    const appended = await store.append(
      room,
      ids.map((id) => draft(id, { sender })),
    );
    writeSync(1, appended.map(({ event }) => `${room} ${event.seq} ${event.id}\n`).join(""));
  }
}

await Promise.all(Array.from({ length: Number(writers) }, (_, i) => appendForEver(i)));
