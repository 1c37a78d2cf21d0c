import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { AppState } from "../state/app-state.ts";
import type { RoomView } from "../state/room-view.ts";
import { notSent } from "../state/sentences.ts";
import { shownName } from "../text/names.ts";

/** What came within this time, in ms, is told at once; more than so many messages are only counted. */
const GATHER_MS = 700;
const MAX_READ_OUT = 3;

/** Reads new messages of the open room to those who use a screen reader, when it has nothing else to say, and what failed. */
export function Announcer({ app, view }: { app: AppState; view: RoomView }) {
  const said = useSignal<{ time: number; lines: readonly string[] }>({ time: 0, lines: [] });
  useEffect(() => {
    const { room } = view.entry;
    let news: string[] = [];
    const failures = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = (): void => {
      timer = undefined;
      const read = news.length > MAX_READ_OUT ? [`${news.length} new messages`] : news;
      said.value = { time: said.peek().time + 1, lines: [...failures, ...read] };
      news = [];
      failures.clear();
    };
    const offs = [
      room.on("event", (event) => {
        if (event.from.id === app.client.you?.id) return;
        news.push(`${shownName(event.from)}: ${event.text}`);
        timer ??= setTimeout(tell, GATHER_MS);
      }),
      room.on("message", ({ state }) => {
        if (state.kind !== "failed") return;
        failures.add(notSent(state.error));
        timer ??= setTimeout(tell, GATHER_MS);
      }),
    ];
    return () => {
      for (const off of offs) off();
      clearTimeout(timer);
    };
  }, []);
  return (
    <div class="hidden" aria-live="polite">
      {said.value.lines.map((line, index) => (
        // Who says the same again is read out again.
        <p key={`${said.value.time} ${index}`}>{line}</p>
      ))}
    </div>
  );
}
