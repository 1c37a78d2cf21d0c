import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { AppState } from "../state/app-state.ts";
import type { RoomView } from "../state/room-view.ts";
import { shownName } from "../text/names.ts";

/** What came within this time, in ms, is told at once; more than so many messages are only counted. */
const GATHER_MS = 700;
const MAX_READ_OUT = 3;

/** Reads new messages of the open room to those who use a screen reader, when it has nothing else to say. */
export function Announcer({ app, view }: { app: AppState; view: RoomView }) {
  const said = useSignal<{ time: number; lines: readonly string[] }>({ time: 0, lines: [] });
  useEffect(() => {
    let gathered: string[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const off = view.entry.room.on("event", (event) => {
      if (event.from.id === app.client.you?.id) return;
      gathered.push(`${shownName(event.from)}: ${event.text}`);
      timer ??= setTimeout(() => {
        const lines = gathered.length > MAX_READ_OUT ? [`${gathered.length} new messages`] : gathered;
        said.value = { time: said.peek().time + 1, lines };
        gathered = [];
        timer = undefined;
      }, GATHER_MS);
    });
    return () => {
      off();
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
