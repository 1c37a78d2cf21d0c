import { StoreError } from "../errors.ts";

/** The connection went while a call was under way: whether that was carried out, nobody knows. */
export class ConnectionLost extends Error {
  constructor(cause: unknown) {
    super(reasonOf(cause), { cause });
    this.name = "ConnectionLost";
  }
}

/** SQLSTATE of what PostgreSQL refused, and thus rolled back; undefined for every other error. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const { code } = error;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && "severity" in error ? code : undefined;
}

/** The server ends the connection with these: by an administrator, or on its way down. Class 08 is the connection's own. */
export function endsConnection(state: string): boolean {
  return state.startsWith("57P") || state.startsWith("08");
}

/** Data that PostgreSQL does not take, and keys that are longer than its indexes hold. */
const BAD_DATA = /^(22|54)/;
/** A page or an index that is not what was written; or rows that contradict each other, for no call can break a constraint. */
const DAMAGE = /^(XX00[12]|23...)$/;

/** What the driver threw, in the words of the store. */
export function toStoreError(error: unknown, place: string): StoreError {
  if (error instanceof StoreError) return error;
  const state = sqlState(error) ?? "";
  const reason = reasonOf(error);
  if (BAD_DATA.test(state))
    return new StoreError("invalid", `PostgreSQL does not take this: ${reason}.`, { cause: error });
  if (DAMAGE.test(state)) {
    return new StoreError("damaged", `The database at ${place} is damaged: ${reason}. Restore a backup.`, {
      cause: error,
    });
  }
  return new StoreError("unavailable", `PostgreSQL at ${place} cannot be used now: ${reason}.`, {
    cause: error,
  });
}

/** Without a full stop at its end. An attempt at several addresses says nothing itself, but its parts do. */
export function reasonOf(error: unknown): string {
  const first = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  const text = first instanceof Error ? first.message : String(first);
  return text.replaceAll(/\s+/g, " ").replace(/\.$/, "");
}
