import type { Draft } from "natter/store";

let drafts = 0;

/** A message of 100 bytes, with an id as clients make them: anywhere in the index. */
export function draft(sender: string): Draft {
  const number = ++drafts;
  const id = `${(number * 2_654_435_761) % 2 ** 32}-${number}`.padEnd(22, "0");
  return { kind: "message", id, at: Date.now(), from: { id: sender, name: "Ada" }, text: "x".repeat(100) };
}
