import type { ChatError } from "@natter/client";
import { useLayoutEffect } from "preact/hooks";
import type { AppState } from "../state/app-state.ts";
import type { RoomView } from "../state/room-view.ts";
import { sentenceOf } from "../state/sentences.ts";
import { refocus } from "./focus.ts";

/** The server does not let one in: to a room that one is in, or once more. */
export function RoomRefused({ app, view, error }: { app: AppState; view: RoomView; error: ChatError }) {
  const { name } = view.entry;
  useLayoutEffect(refocus, []); // the field had it
  const other = app.rooms.sorted.value.find(({ state }) => state.value.kind === "joined")?.name;
  return (
    <div class="empty-state">
      <h2>#{name} did not open</h2>
      <p>{sentenceOf(error)}</p>
      <div class="form-foot">
        {other !== undefined && (
          <button
            type="button"
            class="button primary"
            onClick={() => {
              app.rooms.forget(name);
              app.route.go(other);
            }}
          >
            Go to #{other}
          </button>
        )}
        <button
          type="button"
          class="button"
          onClick={() => {
            app.rooms.forget(name);
            app.route.again();
          }}
        >
          Try again
        </button>
      </div>
    </div>
  );
}
