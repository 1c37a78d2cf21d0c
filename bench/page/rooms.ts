// Rooms as people leave them: a few say some things in a row, and one text in ten has markup.

import { MAX_APPEND, openSqliteStore } from "natter/store";

export const TEXTS =
  "texts of 20 to 100 characters, one in ten with markup; 200 people, three messages in a row each";
const PEOPLE = 200;
const IN_A_ROW = 3;
/** Between two messages, in ms: 100,000 are two months. */
const APART_MS = 50_000;
const PROSE =
  "The night train was late again, so we took the early one and had breakfast by the lake before anybody was up. ";
const MARKUP = [
  "**late again**, as `npm test` says: ",
  "see https://example.org/trains?from=lake, ",
  "@Ada 7 said *no*, ",
  "- tickets\n- breakfast\n- ",
];

export function textOf(seq: number): string {
  const markup = seq % 10 === 5 ? MARKUP[Math.floor(seq / 10) % MARKUP.length]! : "";
  return `${seq} ${markup}${PROSE}`.slice(0, 20 + ((seq * 37) % 81));
}

/** What no other text begins with; of those of round numbers, which have no markup. */
export function beginningOf(seq: number): string {
  return textOf(seq).slice(0, 12);
}

/** Stores what was said in rooms, in a data folder that nobody serves yet. */
export async function fill(dataDir: string, rooms: Record<string, number>): Promise<void> {
  const store = await openSqliteStore({ dataDir });
  const now = Date.now();
  for (const [room, count] of Object.entries(rooms)) {
    const drafts = Array.from({ length: count }, (_, index) => {
      const seq = index + 1;
      const person = Math.floor(seq / IN_A_ROW) % PEOPLE;
      const from = { id: `sender-${person}`.padEnd(22, "0"), name: `Ada ${person}` };
      const at = now - (count - seq) * APART_MS;
      return { kind: "message" as const, id: String(seq).padStart(22, "0"), at, from, text: textOf(seq) };
    });
    for (let done = 0; done < count; done += MAX_APPEND)
      await store.append(room, drafts.slice(done, done + MAX_APPEND));
  }
  await store.close();
}
