// Loaded into the server before anything else, and into each of its threads: each commit of a write takes so many ms longer as
// NATTER_TEST_COMMIT_MS says. A disk like that is soon asked for more than it takes, on any machine.

import { DatabaseSync } from "node:sqlite";

const ms = Number(process.env.NATTER_TEST_COMMIT_MS ?? 0);
const exec = DatabaseSync.prototype.exec;
/** Those that write: a read is a transaction as well. */
const writing = new WeakSet<DatabaseSync>();
const nobody = new Int32Array(new SharedArrayBuffer(4));

if (ms > 0) {
  DatabaseSync.prototype.exec = function (sql) {
    if (sql === "BEGIN IMMEDIATE") writing.add(this);
    if (sql === "COMMIT" && writing.delete(this)) Atomics.wait(nobody, 0, 0, ms);
    return exec.call(this, sql);
  };
}
