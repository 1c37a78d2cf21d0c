// `natter/store`: for tools that read or fill a data folder. `natter/store/contract` is the suite that every
// implementation of the interface must pass.

export { StoreError, type StoreErrorCode } from "./errors.ts";
export { createMemoryStore, type MemoryStore } from "./memory.ts";
export { type Moved, move } from "./move/move.ts";
export { openPostgresStore, type PostgresStoreOptions } from "./postgres/open.ts";
export { backup, restore } from "./sqlite/backup.ts";
export { type CheckResult, check } from "./sqlite/check.ts";
export { openSqliteStore, type SqliteStoreOptions } from "./sqlite/open.ts";
export * from "./store.ts";
