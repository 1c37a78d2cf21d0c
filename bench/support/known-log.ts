// A room whose every event follows from its seq: whoever reads it can tell whether what came is right.

import type { EventFrame } from "@natter/client";
import { MAX_APPEND, openSqliteStore } from "natter/store";

export const TEXTS = "texts of 20 to 100 ASCII characters, 60 on average";
const SENDERS = 200;
const PROSE =
  "The night train was late again, so we took the early one and had breakfast by the lake before anybody was up. ";

export function textOf(seq: number): string {
  return `${seq} ${PROSE}`.slice(0, 20 + ((seq * 37) % 81));
}

/** As long as those that clients make. */
export function idOf(seq: number): string {
  return String(seq).padStart(22, "0");
}

/** Whether it is the event with that seq. */
export function isRight(event: EventFrame | undefined, seq: number): boolean {
  return event?.seq === seq && event.id === idOf(seq) && event.text === textOf(seq);
}

/** Stores events in a data folder that nobody serves yet. */
export async function fill(dataDir: string, room: string, events: number): Promise<void> {
  const store = await openSqliteStore({ dataDir });
  for (let done = 0; done < events; done += MAX_APPEND) {
    const count = Math.min(MAX_APPEND, events - done);
    await store.append(
      room,
      Array.from({ length: count }, (_, index) => {
        const seq = done + index + 1;
        const from = { id: `sender-${seq % SENDERS}`.padEnd(22, "0"), name: `Ada ${seq % SENDERS}` };
        return { kind: "message" as const, id: idOf(seq), at: Date.now(), from, text: textOf(seq) };
      }),
    );
  }
  await store.close();
}
