import { StoreError } from "../errors.ts";

/** Where a server is, in words for a person: without who one is there, and above all without the password. */
export function placeOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== "postgres:" && parsed?.protocol !== "postgresql:") {
    throw new StoreError(
      "invalid",
      "The address of PostgreSQL must look like postgres://user:password@host:5432/database.",
    );
  }
  // An empty host or a "host" of its own after the "?" is a socket in a folder, as in PostgreSQL's own programs.
  const host = parsed.searchParams.get("host") ?? (parsed.hostname || "localhost");
  const port = parsed.searchParams.get("port") ?? (parsed.port || "5432");
  return `${host}:${port}${parsed.pathname === "/" ? "" : parsed.pathname}`;
}
