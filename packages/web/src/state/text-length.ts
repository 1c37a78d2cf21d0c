import type { ConnectionState } from "@natter/client";

/** What servers take where none said otherwise yet, in bytes of UTF-8. */
const USUAL_BYTES = 8_192;
const encoder = new TextEncoder();

/** Bytes that may still be added to a text; below 0, what must go. */
export function bytesLeft(text: string, connection: ConnectionState): number {
  const most = connection.kind === "live" ? connection.limits.textBytes : USUAL_BYTES;
  // No character has more than 3 bytes a UTF-16 unit: short texts need no counting.
  return text.length * 3 <= most - 1_000 ? most - text.length : most - encoder.encode(text).length;
}
