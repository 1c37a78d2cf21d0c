import { type EventFrame, encodeServerFrame } from "@natter/protocol";
import type { Appended, StoredEvent } from "../store/store.ts";

export function toFrame(event: StoredEvent): EventFrame {
  return { type: "event", ...event };
}

/** The bytes that serve the whole room. */
export function encodeEvent(event: StoredEvent): string {
  return encodeServerFrame(toFrame(event));
}

/** For the sender alone, to acknowledge: it moves no position and is not shown (A2). A trimmed one has no text (A5). */
export function encodeAgain(appended: Appended, senderName: string): string {
  const { event } = appended;
  if (!appended.trimmed) return encodeServerFrame({ ...toFrame(appended.event), again: true });
  const { room, seq, id, from } = event;
  const sender = { id: from.id, name: senderName };
  return encodeServerFrame({
    ...{ type: "event", kind: "message", room, seq, at: 0, id, from: sender, text: "" },
    again: true,
    trimmed: true,
  });
}
