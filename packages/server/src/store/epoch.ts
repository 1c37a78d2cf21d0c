import { randomBytes } from "node:crypto";

/** Of a log that begins, or of a copy that may go on otherwise than what it was copied from. */
export function newEpoch(): string {
  return randomBytes(16).toString("base64url");
}
