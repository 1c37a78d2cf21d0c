import type { AppState } from "../state/app-state.ts";
import { LOBBY } from "../state/room-names.ts";
import { sentenceFor } from "../state/sentences.ts";

/** The address names no room that could be. */
export function NoRoom({ app }: { app: AppState }) {
  const place = app.route.place.value;
  return (
    <main class="room empty-state">
      <h1>No room has this name</h1>
      {place.kind === "no room" && <p class="muted wrap">“{place.typed}”</p>}
      <p>{sentenceFor("bad_room")}</p>
      <button type="button" class="button primary" onClick={() => app.route.go(LOBBY)}>
        Go to #{LOBBY}
      </button>
    </main>
  );
}
