import type { ChatError } from "@natter/client";
import type { AppState } from "../state/app-state.ts";
import { LOBBY } from "../state/room-names.ts";
import type { RoomView } from "../state/room-view.ts";
import { sentenceOf } from "../state/sentences.ts";

/** The server does not let one in. */
export function RoomRefused({ app, view, error }: { app: AppState; view: RoomView; error: ChatError }) {
  const { name } = view.entry;
  return (
    <div class="empty-state">
      <h2>#{name} did not open</h2>
      <p>{sentenceOf(error)}</p>
      <button
        type="button"
        class="button primary"
        onClick={() => {
          app.rooms.forget(name);
          app.route.go(LOBBY);
        }}
      >
        Go to #{LOBBY}
      </button>
    </div>
  );
}
